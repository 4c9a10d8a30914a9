package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/local/assembly"
)

func TestWhatWouldHappenAndDoesNotIsNamed(t *testing.T) {
	dir := t.TempDir()
	for file, text := range map[string]string{
		"manifest.json": `{"artifacts": {"shop": {
			"type": "aws:cloudformation:stack", "environment": "aws://111122223333/eu-west-1", "properties": {"templateFile": "shop.json"}
		}}}`,
		"shop.json": `{"Resources": {
			"Alarm":  {"Type": "AWS::CloudWatch::Alarm"},
			"Topic":  {"Type": "AWS::SNS::Topic"},
			"Mail":   {"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "email"}},
			"Invoke": {"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "lambda"}},
			"Queue":  {"Type": "AWS::SQS::Queue"}
		}}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a, err := assembly.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, notice := range unserved(a) {
		named = append(named, notice.Resource.LogicalID)
	}
	if diff := cmp.Diff([]string{"Invoke", "Queue"}, named); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}
