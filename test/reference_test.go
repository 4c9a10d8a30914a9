package test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/stacks"
	"annex/test/cdktest"
)

// crossing is all that may cross from one stack to another: the value that a
// stack puts out, by the resource that it is of, and who takes it. Each is a
// weak reference, which keeps nobody from changing or deleting the producer.
var crossing = []struct{ consumer, producer, resource, reason string }{
	{"a service", "domain", "AWS::SNS::Topic", "an alarm tells a topic of its own region, and there is one a stage"},
	{"cart", "identity", "AWS::Cognito::UserPool", "a checkout takes the tokens that the pool issues"},
	{"cart", "identity", "AWS::Cognito::UserPoolClient", "and only those that are for the website"},
	{"recommendations", "cart", "AWS::DynamoDB::GlobalTable", "its learner reads the stream of the carts' table, of which the cart service knows nothing"},
	{"updates", "cart", "AWS::DynamoDB::GlobalTable", "its notifier reads the same stream"},
	{"site", "identity", "AWS::Cognito::UserPoolClient", "the page signs in as this client, which its config.json names"},
}

// TestNothingCrossesStacksButWhatIsListed reads the templates of all stages
// from the snapshots. What is not listed here makes one stack's deployment
// depend on another's: a service is to be deployed, rolled back and broken
// alone.
func TestNothingCrossesStacksButWhatIsListed(t *testing.T) {
	var want []string
	for _, c := range crossing {
		want = append(want, fmt.Sprintf("%s takes %s of %s", c.consumer, c.resource, c.producer))
	}
	var got []string
	for _, stage := range stacks.Stages() {
		templates := recordedTemplates(t, stage.Name)
		prefix := "annex-" + stage.Name + "-"
		for _, stack := range slices.Sorted(maps.Keys(templates)) {
			consumer := strings.TrimPrefix(stack, prefix)
			for _, r := range references(templates[stack].Document) {
				if r.export != "" {
					t.Errorf("%s imports %s: an export keeps its stack from being changed or deleted", stack, r.export)
					continue
				}
				producer, resource := strings.TrimPrefix(r.stack, prefix), putOut(t, templates, r)
				line := fmt.Sprintf("%s takes %s of %s", consumer, resource, producer)
				if len(templates[stack].All("AWS::ApiGatewayV2::Api")) > 0 && !slices.Contains(want, line) {
					line = fmt.Sprintf("a service takes %s of %s", resource, producer)
				}
				got = append(got, line)
			}
			outputs, _ := templates[stack].Document["Outputs"].(map[string]any)
			for name, output := range outputs {
				if output.(map[string]any)["Export"] != nil {
					t.Errorf("%s exports %s, which keeps it from being changed or deleted", stack, name)
				}
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
		t.Error("what crosses stacks (-listed +in the templates):\n", diff)
	}
}

// A reference is to what another stack puts out: weak, by stack and output, or
// strong, by an export.
type reference struct{ stack, output, export string }

// references finds those that are anywhere in a value.
func references(value any) (found []reference) {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			found = append(found, references(element)...)
		}
	case map[string]any:
		if weak, ok := value["Fn::GetStackOutput"].(map[string]any); ok {
			found = append(found, reference{stack: fmt.Sprint(weak["StackName"]), output: fmt.Sprint(weak["OutputName"])})
		}
		if export, ok := value["Fn::ImportValue"]; ok {
			found = append(found, reference{export: fmt.Sprint(export)})
		}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			found = append(found, references(value[name])...)
		}
	}
	return found
}

// putOut is the type of the resource that an output is of.
func putOut(t *testing.T, templates map[string]cdktest.Template, r reference) string {
	t.Helper()
	producer, ok := templates[r.stack]
	outputs, _ := producer.Document["Outputs"].(map[string]any)
	output, _ := outputs[r.output].(map[string]any)
	if !ok || output == nil {
		t.Fatalf("no stack %s puts out %s", r.stack, r.output)
	}
	value, _ := output["Value"].(map[string]any)
	return strings.Trim(referred(producer, value), "<>")
}

func TestReferencesAreFoundWhereverTheyAre(t *testing.T) {
	document := map[string]any{"Resources": map[string]any{"A": map[string]any{"Properties": map[string]any{
		"List": []any{map[string]any{"Fn::Join": []any{"", []any{
			map[string]any{"Fn::GetStackOutput": map[string]any{"StackName": "s", "OutputName": "o", "Region": "r"}},
		}}}},
		"Import": map[string]any{"Fn::ImportValue": "s:export"},
	}}}}
	want := []reference{{export: "s:export"}, {stack: "s", output: "o"}}
	if diff := cmp.Diff(want, references(document), cmp.AllowUnexported(reference{})); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}
