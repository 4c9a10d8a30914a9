package assembly_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/local/assembly"
	"annex/local/assembly/assemblytest"
)

func TestUnservedIsWhatAsksForSomething(t *testing.T) {
	r := assemblytest.Stack(t, "annex-dev-cart", "aws://111111111111/eu-west-1", `{"Route": {"Type": "AWS::ApiGatewayV2::Route"}}`).Resources("AWS::ApiGatewayV2::Route")[0]
	var notices assembly.Notices
	if said := notices.Unserved(r, "not here", map[string]any{"No": nil, "False": false, "Text": "", "Object": map[string]any{}, "List": []any{}}); said != "" || len(notices) != 0 {
		t.Errorf("what asks for nothing: %q, %v", said, notices)
	}
	said := notices.Unserved(r, "not here", map[string]any{"B": []any{1}, "A": true, "C": 0.5})
	var properties []string
	for _, n := range notices {
		properties = append(properties, n.Property)
	}
	if !cmp.Equal(properties, []string{"A", "B", "C"}) || said != notices[0].String() {
		t.Errorf("noted %q, said %q", properties, said)
	}
}
