package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"annex/local/codedeploy"
	"annex/local/lambda"
)

func TestAShiftThatCannotBeginSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		before func(*testing.T, *system)
		method string
		body   string
		status int
		want   string
	}{
		"no such service":  {nil, "POST", `{"service":"carts"}`, 404, `no function with an alias has the handler "carts": SERVICE may be cart`},
		"a weight":         {nil, "POST", `{"service":"cart","weight":100}`, 400, "WEIGHT=100: want the percentage of the requests that the new version gets, 1 to 99"},
		"a negative one":   {nil, "POST", `{"service":"cart","weight":-1}`, 400, "WEIGHT=-1"},
		"a time":           {nil, "POST", `{"service":"cart","for":"long"}`, 400, "FOR=long: want how long the new version gets no more than that, such as 90s or 5m"},
		"no time":          {nil, "POST", `{"service":"cart","for":"0s"}`, 400, "FOR=0s"},
		"no order":         {nil, "POST", `cart`, 400, `want a body such as {"service": "cart", "weight": 10, "for": "1m"}`},
		"nothing to tell":  {nil, "GET", "", 404, "nothing was shifted since the runner started: `make shift SERVICE=…` does"},
		"nothing to stop":  {nil, "DELETE", "", 404, "nothing is being shifted"},
		"no earlier build": {func(_ *testing.T, s *system) { s.releases.before = map[string]string{} }, "POST", `{"service":"cart"}`, 409, "there is one build of cart: its code was not edited since `make run` started. Save an edit of lambdas/cart"},
		"an edit that does not compile": {func(_ *testing.T, s *system) {
			s.current.Store(s.current.Load().troubled("cart/main.go:1: undefined"))
		}, "POST", `{"service":"cart"}`, 409, "the last edit is not served, so it cannot be tried: mend it first\ncart/main.go:1: undefined"},
		"another under way": {func(t *testing.T, s *system) {
			if _, err := s.releases.start(order{Service: "cart"}); err != nil {
				t.Fatal(err)
			}
		}, "POST", `{"service":"shop-Cart"}`, 409, "a shift of cart is under way: wait for it, or end it with Ctrl-C where it was started"},
		"the runner's end": {func(_ *testing.T, s *system) { s.releases.close() }, "POST", `{"service":"cart"}`, 503, "the runner is stopping"},
	} {
		t.Run(name, func(t *testing.T) {
			s := releasing(t)
			if c.before != nil {
				c.before(t, s)
			}
			w := httptest.NewRecorder()
			s.newConsole().ServeHTTP(w, httptest.NewRequest(c.method, "http://console.localhost:8080/shift", strings.NewReader(c.body)))
			if w.Code != c.status || !strings.HasPrefix(w.Body.String(), "annex: "+c.want) {
				t.Errorf("%d %s, want %d %s", w.Code, w.Body, c.status, c.want)
			}
		})
	}
}

func TestAShiftIsToldToItsEndAndStoppedWithItsClient(t *testing.T) {
	s := releasing(t)
	server := httptest.NewServer(s.newConsole())
	defer server.Close()
	call := func(ctx context.Context, method, body string) (status int, told io.Reader) {
		t.Helper()
		request, err := http.NewRequestWithContext(ctx, method, server.URL+"/shift", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = response.Body.Close() })
		if told := response.Header.Get("Content-Type"); response.StatusCode == http.StatusOK && told != "application/x-ndjson" {
			t.Errorf("%s is answered with %s", method, told)
		}
		return response.StatusCode, response.Body
	}
	end := func(told io.Reader) progress {
		t.Helper()
		lines := json.NewDecoder(told)
		for {
			var p progress
			if err := lines.Decode(&p); err != nil {
				t.Fatal(err)
			}
			if p.Status != codedeploy.InProgress {
				return p
			}
		}
	}
	begun, posted := call(t.Context(), "POST", `{"service":"cart","for":"1h"}`)
	_, watched := call(t.Context(), "GET", "")
	stopped, _ := call(t.Context(), "DELETE", "")
	if begun != 200 || stopped != 202 {
		t.Errorf("POST is answered %d, and DELETE %d", begun, stopped)
	}
	_, late := call(t.Context(), "GET", "")
	for _, told := range []io.Reader{posted, watched, late} {
		if p := end(told); p.Status != codedeploy.Stopped || !strings.Contains(p.Text, "it was stopped") {
			t.Errorf("it ended with %+v", p)
		}
	}
	eventually(t, "the end", idle(s))

	ctx, leave := context.WithCancel(t.Context())
	call(ctx, "POST", `{"service":"cart","for":"1h"}`)
	leave()
	eventually(t, "the end of a shift whose client went away", idle(s))
	_, last := call(t.Context(), "GET", "")
	if p := end(last); !strings.Contains(p.Text, "its command went away") {
		t.Errorf("it ended with %+v", p)
	}
}

func TestTheDefaultShiftIsLongEnoughForTheAlarms(t *testing.T) {
	alarm := codedeploy.Alarm{Period: time.Minute, Periods: 5, Datapoints: 3}
	linear := codedeploy.Traffic{Percent: 20, Every: 2 * time.Minute, Linear: true}
	for name, c := range map[string]struct {
		group codedeploy.Group
		order order
		want  codedeploy.Traffic
	}{
		"nothing is said":     {codedeploy.Group{}, order{}, codedeploy.Traffic{Percent: 10, Every: time.Minute}},
		"alarms":              {codedeploy.Group{Alarms: []codedeploy.Alarm{alarm}}, order{}, codedeploy.Traffic{Percent: 10, Every: 3 * time.Minute}},
		"the group shifts":    {codedeploy.Group{Traffic: linear, Alarms: []codedeploy.Alarm{alarm}}, order{}, linear},
		"a weight":            {codedeploy.Group{Traffic: linear}, order{Weight: 5}, codedeploy.Traffic{Percent: 5, Every: 2 * time.Minute}},
		"a time":              {codedeploy.Group{}, order{For: "90s"}, codedeploy.Traffic{Percent: 10, Every: 90 * time.Second}},
		"a weight and a time": {codedeploy.Group{Traffic: linear}, order{Weight: 50, For: "10s"}, codedeploy.Traffic{Percent: 50, Every: 10 * time.Second}},
	} {
		if got, err := c.order.traffic(c.group); err != nil || got != c.want {
			t.Errorf("%s: %s, %v, want %s", name, got, err, c.want)
		}
	}
}

func TestSeveralFunctionsOfAHandlerAreToldApartByName(t *testing.T) {
	live := map[string]lambda.Alias{"live": {Version: "2"}}
	all := []lambda.Function{
		{Name: "shop-A", Folder: "lambdas/both", Aliases: live},
		{Name: "shop-B", Folder: "lambdas/both", Aliases: live},
		{Name: "shop-Check", Folder: "lambdas/check"},
		{Name: "shop-Python", Folder: "lambdas/python", Aliases: live, Unsupported: "its runtime"},
	}
	if f, err := (order{Service: "shop-B"}).function(all); err != nil || f.Name != "shop-B" {
		t.Errorf("by its name: %s, %v", f.Name, err)
	}
	for service, want := range map[string]string{
		"both":   "several functions have the handler both: SERVICE may be the name of one, shop-A, shop-B",
		"check":  `no function with an alias has the handler "check": SERVICE may be both`,
		"python": `no function with an alias has the handler "python": SERVICE may be both`,
	} {
		if _, err := (order{Service: service}).function(all); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %q", service, err, want)
		}
	}
}
