package batch

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestObjectIsTheEventsOfEventBridge(t *testing.T) {
	logger, _ := testLogger()
	var got []Object
	handler := Objects(logger, func(_ context.Context, object Object) error {
		got = append(got, object)
		return nil
	})
	expectFailures(t, t.Context(), handler, queue(t, string(testdata(t, "object-created.json")), string(testdata(t, "object-deleted.json"))))
	at := time.Date(2021, 11, 12, 0, 0, 0, 0, time.UTC)
	want := []Object{{
		Bucket: "amzn-s3-demo-bucket1", Key: "example key/ü+1.json", Size: 5, ETag: "b1946ac92492d2347c6235b4d2611184",
		VersionID: "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e", Sequencer: "617f08299329d189", Time: at,
	}, {
		Bucket: "amzn-s3-demo-bucket1", Key: "example-key", Deleted: true, ETag: "d41d8cd98f00b204e9800998ecf8427e",
		VersionID: "1QW9g1Z99LUNbvaaYVpW9xDlOLU.qxgF", Sequencer: "617f0837b476e463", Time: at,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
	if !got[0].Before(got[1]) || got[1].Before(got[0]) {
		t.Error("the order of the sequencers is wrong")
	}
}

func TestMessageWithoutAnObjectFailsAlone(t *testing.T) {
	created := string(testdata(t, "object-created.json"))
	for name, body := range map[string]string{
		"no JSON":         "created",
		"another kind":    strings.Replace(created, "Object Created", "Object Restore Completed", 1),
		"another's":       strings.Replace(created, "aws.s3", "aws.ec2", 1),
		"no key":          strings.Replace(created, "example key/ü+1.json", "", 1),
		"a size in words": strings.Replace(created, `"size": 5`, `"size": "five"`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			logger, _ := testLogger()
			handled := 0
			handler := Objects(logger, func(context.Context, Object) error { handled++; return nil })
			expectFailures(t, t.Context(), handler, queue(t, body, created), "message-"+body)
			if handled != 1 {
				t.Errorf("handled %d", handled)
			}
		})
	}
}

func TestSequencersAreComparedAsS3Says(t *testing.T) {
	for _, test := range []struct {
		one, other string
		before     bool
	}{
		{"0055AED6DCD90281E5", "0055AED6DCD90281E6", true},
		{"0055AED6DCD90281E6", "0055AED6DCD90281E5", false},
		{"61", "6101", true}, // 6100 and 6101
		{"6101", "61", false},
		{"62", "6101", false}, // 6200 and 6101, though shorter
		{"61", "6100", false},
		{"6100", "61", false},
		{"", "61", true},
	} {
		if got := (Object{Sequencer: test.one}).Before(Object{Sequencer: test.other}); got != test.before {
			t.Errorf("%q before %q is %t", test.one, test.other, got)
		}
	}
}
