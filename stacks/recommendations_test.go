package stacks_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/test/cdktest"
)

// TestWhatWasBoughtTogetherIsWrittenByTheLearnerAndReadByTheAPI lists who may do
// what with the table of the pairs. The check of a release adds pairs of its own
// and removes them.
func TestWhatWasBoughtTogetherIsWrittenByTheLearnerAndReadByTheAPI(t *testing.T) {
	template := cdktest.Synth(t, define(t, stage()))["annex-dev-recommendations"]
	got := map[string][]string{}
	for _, policy := range template.All("AWS::IAM::Policy") {
		document := policy.Properties["PolicyDocument"].(map[string]any)
		for _, statement := range document["Statement"].([]any) {
			statement := statement.(map[string]any)
			resource, err := json.Marshal(statement["Resource"])
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(resource), `"Pairs`) {
				continue
			}
			what := "the table"
			if strings.Contains(string(resource), `"/index/by-orders"`) {
				what = "the index"
			}
			path := policy.Metadata["aws:cdk:path"].(string)
			actions, ok := statement["Action"].([]any)
			if !ok {
				actions = []any{statement["Action"]}
			}
			for _, action := range actions {
				got[strings.Split(path, "/")[1]] = append(got[strings.Split(path, "/")[1]], fmt.Sprint(action, " on ", what))
			}
		}
	}
	for _, actions := range got {
		slices.Sort(actions)
	}
	want := map[string][]string{
		"Learner":              {"dynamodb:PutItem on the table", "dynamodb:UpdateItem on the table"},
		"Recommendations":      {"dynamodb:Query on the index"},
		"RecommendationsCheck": {"dynamodb:DeleteItem on the table", "dynamodb:PutItem on the table"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("grants (-want +got):\n", diff)
	}
}

// TestTheCartKnowsNothingOfWhoReadsItsStream: it has an output, from which a
// reader's stack takes the stream's ARN, and nothing else.
func TestTheCartKnowsNothingOfWhoReadsItsStream(t *testing.T) {
	resources, err := json.Marshal(cdktest.Synth(t, define(t, stage()))["annex-dev-cart"].Document["Resources"])
	if err != nil {
		t.Fatal(err)
	}
	for _, reader := range []string{"recommendations", "learner", "updates", "notifier", "EventSourceMapping"} {
		if strings.Contains(strings.ToLower(string(resources)), strings.ToLower(reader)) {
			t.Errorf("the cart's stack says %q", reader)
		}
	}
}
