package events

import (
	"slices"
	"strings"
	"testing"
)

func TestTheAnswerSaysWhichRecordsFailed(t *testing.T) {
	for answer, want := range map[string]string{
		``: "none", `null`: "none", `""`: "none", `[]`: "none", `{}`: "none",
		`{"batchItemFailures":null}`: "none", `{"batchItemFailures":[]}`: "none", `{"other":1}`: "none",
		`{"batchItemFailures":[{"itemIdentifier":"b"}]}`:                         "b",
		`{"batchItemFailures":[{"itemIdentifier":"c"},{"itemIdentifier":"b"}]}`:  "b c",
		`{"batchItemFailures":[{"itemIdentifier":""}]}`:                          "all",
		`{"batchItemFailures":[{"itemIdentifier":null}]}`:                        "all",
		`{"batchItemFailures":[{"itemIdentifier":2}]}`:                           "all",
		`{"batchItemFailures":[{"identifier":"b"}]}`:                             "all",
		`{"BatchItemFailures":[{"itemIdentifier":"b"}]}`:                         "none",
		`{"batchItemFailures":[{"ItemIdentifier":"b"}]}`:                         "all",
		`{"batchItemFailures":[{}]}`:                                             "all",
		`{"batchItemFailures":[{"itemIdentifier":"nobody"}]}`:                    "all",
		`{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"zz"}]}`: "all",
		`{"batchItemFailures":"b"}`:                                              "all",
		`"b"`:                                                                    "all",
		`["b"]`:                                                                  "all",
		`17`:                                                                     "all",
		`{`:                                                                      "all",
	} {
		failed, wrong := failures([]byte(answer), []string{"a", "b", "c"})
		var got []string
		for id := range failed {
			got = append(got, id)
		}
		slices.Sort(got)
		text := strings.Join(got, " ")
		switch {
		case wrong != "":
			text = "all"
		case text == "":
			text = "none"
		}
		if text != want {
			t.Errorf("%s: %s failed, want %s", answer, text, want)
		}
	}
}

// FuzzAnswer has functions answer what they like.
func FuzzAnswer(f *testing.F) {
	for _, answer := range []string{``, `null`, `{"batchItemFailures":[{"itemIdentifier":"b"}]}`, `{"batchItemFailures":[{}]}`, `[]`, `{`} {
		f.Add([]byte(answer))
	}
	batch := []string{"a", "b", "c"}
	f.Fuzz(func(t *testing.T, answer []byte) {
		failed, wrong := failures(answer, batch)
		if wrong != "" && failed != nil {
			t.Errorf("%s fails the batch, and %v of it", answer, failed)
		}
		for id := range failed {
			if !slices.Contains(batch, id) {
				t.Errorf("%s fails %q, which nobody sent", answer, id)
			}
		}
	})
}

func TestAnAnswerThatFailsTheBatchIsExplained(t *testing.T) {
	for answer, want := range map[string]string{
		`17`:                        "no object with batchItemFailures",
		`{"batchItemFailures":"b"}`: "no list of objects",
		`{"batchItemFailures":[{"itemIdentifier":null}]}`:     "without an itemIdentifier",
		`{"batchItemFailures":[{"itemIdentifier":"nobody"}]}`: `the itemIdentifier "nobody" of its answer is that of no record`,
	} {
		if _, wrong := failures([]byte(answer), []string{"a"}); !strings.Contains(wrong, want) {
			t.Errorf("%s: %q, want it to contain %q", answer, wrong, want)
		}
	}
}
