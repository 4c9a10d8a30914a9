package release_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"annex/lambdas/internal/release/releasetest"
)

func TestCheckCallsTheNewVersionItselfUntilEverybodyDoes(t *testing.T) {
	for name, test := range map[string]struct {
		release releasetest.Release
		want    []string
	}{
		"before any request": {releasetest.Release{}, []string{"2"}},
		"after all":          {releasetest.Release{Shifted: true}, []string{"live"}},
		"until the new version's environments are ready": {releasetest.Release{Shifted: true, Weighted: true}, []string{"2"}},
	} {
		t.Run(name, func(t *testing.T) {
			test.release.New = answers(fine)
			got := test.release.Try(t, one)
			if got.Status != "Succeeded" || got.Reports != 1 || got.Err != nil || !slices.Equal(got.Qualifiers, test.want) {
				t.Errorf("outcome is %+v, want Succeeded by calls of %q", got, test.want)
			}
		})
	}
}

// TestAliasMaySettle: a good version is not taken back for an invocation that
// did not know yet that the alias was moved.
func TestAliasMaySettle(t *testing.T) {
	for name, test := range map[string]struct {
		old     int64 // how many of the calls the old version answers
		timeout time.Duration
		status  string
		log     string
	}{
		"soon":  {2, 0, "Succeeded", "passed"},
		"never": {1 << 20, 9750 * time.Millisecond, "Failed", `version \"1\" answered, want 2`}, // 8 s are kept, and it ends between two calls
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int64
			got := releasetest.Release{Shifted: true, Timeout: test.timeout, New: func(context.Context, []byte) releasetest.Output {
				output := releasetest.Output{Payload: []byte(fine)}
				if calls.Add(1) <= test.old {
					output.ExecutedVersion = "1"
				}
				return output
			}}.Try(t, one)
			if got.Status != test.status || got.Reports != 1 || got.Err != nil || calls.Load() < 2 || !strings.Contains(got.Logs, test.log) {
				t.Errorf("outcome is %+v after %d calls, want %s", got, calls.Load(), test.status)
			}
		})
	}
}
