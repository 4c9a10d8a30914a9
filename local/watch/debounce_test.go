package watch

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEventsAreToldTogetherWhenTheyHaveCeased(t *testing.T) {
	type event struct {
		at   time.Duration
		path string
	}
	var checkout []event // an event every 10 ms, for two and a half seconds
	for i := range 250 {
		checkout = append(checkout, event{time.Duration(i) * 10 * time.Millisecond, "a"})
	}
	for _, c := range []struct {
		name   string
		events []event
		want   []string // when, and of what
	}{
		{"one write", []event{{0, "a"}}, []string{"60ms [a]"}},
		{"truncated and written", []event{{0, "a"}, {time.Millisecond, "a"}}, []string{"61ms [a]"}},
		{"another file renamed", []event{{0, "a.tmp"}, {2 * time.Millisecond, "a"}, {2 * time.Millisecond, "a.tmp"}}, []string{"62ms [a a.tmp]"}},
		{"two saves", []event{{0, "b"}, {time.Second, "a"}}, []string{"60ms [b]", "1.06s [a]"}},
		{"a long checkout", checkout, []string{"1s [a]", "2s [a]", "2.55s [a]"}},
		{"nothing", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d debouncer
			var told []string
			start := time.Unix(0, 0)
			events := c.events
			for at := time.Duration(0); at < 5*time.Second; at += time.Millisecond {
				now := start.Add(at)
				if wait, pending := d.wait(now); pending && wait == 0 {
					told = append(told, fmt.Sprint(at, d.take()))
				}
				for len(events) > 0 && events[0].at == at {
					d.add(events[0].path, now)
					events = events[1:]
				}
			}
			if diff := cmp.Diff(c.want, told); diff != "" {
				t.Error(diff)
			}
		})
	}
}
