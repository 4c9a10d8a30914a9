package httpapi

import (
	"errors"
	"testing"
)

func TestNumberIsOfTheQueryStringOrWhatIsMeant(t *testing.T) {
	for given, want := range map[string]int{"1": 1, "50": 50, "007": 7} {
		if got, err := Number(Request{QueryStringParameters: map[string]string{"limit": given}}, "limit", 10, 50); err != nil || got != want {
			t.Errorf("%q is %d, %v", given, got, err)
		}
	}
	if got, err := Number(Request{}, "limit", 10, 50); err != nil || got != 10 {
		t.Errorf("none is %d, %v", got, err)
	}
	for _, given := range []string{"", "0", "-1", "51", "1.5", "ten", "99999999999999999999"} {
		_, err := Number(Request{QueryStringParameters: map[string]string{"limit": given}}, "limit", 10, 50)
		problem, ok := errors.AsType[*Problem](err)
		if !ok || problem.Status != 400 || len(problem.Errors) != 1 || problem.Errors[0].Field != "limit" {
			t.Errorf("%q: %+v", given, err)
		}
	}
}
