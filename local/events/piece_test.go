package events

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// numbered are records with the sequence numbers 1 to last.
func numbered(last int) []Record {
	var all []Record
	for n := 1; n <= last; n++ {
		all = append(all, Record{SequenceNumber: fmt.Sprint(n), Key: fmt.Sprint(n), JSON: fmt.Appendf(nil, `{"n":%d}`, n)})
	}
	return all
}

// shown is such as "3-4(1)": the records of a piece, and the failures that count.
func shown(pieces ...piece) string {
	var all []string
	for _, p := range pieces {
		text := p.records[0].SequenceNumber
		if n := len(p.records); n > 1 {
			text += "-" + p.records[n-1].SequenceNumber
		}
		if p.failures > 0 {
			text += fmt.Sprintf("(%d)", p.failures)
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

func TestWhatBecomesOfABatchAfterAnAttempt(t *testing.T) {
	failed, throttled := attempt{ran: true, failed: true}, attempt{}
	from := func(i int) attempt { return attempt{ran: true, first: i} }
	for name, c := range map[string]struct {
		mapping Mapping
		piece   piece
		attempt attempt
		done    int
		rest    string
		given   string
	}{
		"it succeeds":                        {Mapping{Retries: 2}, piece{records: numbered(5)}, from(5), 5, "", ""},
		"it fails":                           {Mapping{Retries: 2}, piece{records: numbered(5)}, failed, 0, "1-5(1)", ""},
		"it fails once too often":            {Mapping{Retries: 2}, piece{records: numbered(5), failures: 2}, failed, 0, "", "1-5(3)"},
		"it fails without retries":           {Mapping{}, piece{records: numbered(1)}, failed, 0, "", "1(1)"},
		"it may fail for ever":               {Mapping{Retries: -1}, piece{records: numbered(5), failures: 99}, failed, 0, "1-5(100)", ""},
		"it is throttled":                    {Mapping{}, piece{records: numbered(5)}, throttled, 0, "1-5", ""},
		"it fails in part":                   {Mapping{Retries: 2}, piece{records: numbered(5)}, from(3), 3, "4-5(1)", ""},
		"it fails in part once too often":    {Mapping{Retries: 2}, piece{records: numbered(5), failures: 2}, from(3), 3, "", "4-5(3)"},
		"it fails from the first":            {Mapping{Retries: 2}, piece{records: numbered(5)}, from(0), 0, "1-5(1)", ""},
		"bisecting, it fails":                {Mapping{Bisect: true}, piece{records: numbered(5)}, failed, 0, "1-3 4-5", ""},
		"bisecting, two fail":                {Mapping{Bisect: true}, piece{records: numbered(2)}, failed, 0, "1 2", ""},
		"bisecting, one fails":               {Mapping{Bisect: true, Retries: 1}, piece{records: numbered(1)}, failed, 0, "1(1)", ""},
		"bisecting, one fails too often":     {Mapping{Bisect: true, Retries: 1}, piece{records: numbered(1), failures: 1}, failed, 0, "", "1(2)"},
		"bisecting, it fails in part":        {Mapping{Bisect: true}, piece{records: numbered(5)}, from(3), 3, "4-5", ""},
		"bisecting, it fails from the first": {Mapping{Bisect: true}, piece{records: numbered(5)}, from(0), 0, "1-3 4-5", ""},
		"bisecting, it is throttled":         {Mapping{Bisect: true}, piece{records: numbered(5)}, throttled, 0, "1-5", ""},
	} {
		t.Run(name, func(t *testing.T) {
			done, rest, given := c.mapping.next(c.piece, c.attempt)
			lost := ""
			if given != nil {
				lost = shown(piece{records: given.records, failures: given.invokes})
				lost = lost[:strings.LastIndexByte(lost, '(')] + fmt.Sprintf("(%d)", c.piece.failures+1)
				if given.condition != "RetryAttemptsExhausted" {
					t.Errorf("they are discarded for %s", given.condition)
				}
			}
			if done != c.done || shown(rest...) != c.rest || lost != c.given {
				t.Errorf("%d are done, %q is tried again and %q given up; want %d, %q and %q", done, shown(rest...), lost, c.done, c.rest, c.given)
			}
		})
	}
}

func TestEveryRecordIsDoneOrDiscardedWhateverFails(t *testing.T) {
	for bits := range 1 << 7 { // which of seven records fail, always
		for _, m := range []Mapping{{Bisect: true, Retries: 3}, {Bisect: true}} {
			var done, lost []string
			pieces := []piece{{records: numbered(7)}}
			calls := 0
			for len(pieces) > 0 {
				if calls++; calls > 200 {
					t.Fatalf("with %b it goes on for ever", bits)
				}
				p := pieces[0]
				a := attempt{ran: true}
				for a.first < len(p.records) && bits>>(p.records[a.first].JSON[5]-'1')&1 == 0 {
					a.first++
				}
				n, rest, given := m.next(p, a)
				for _, r := range p.records[:n] {
					done = append(done, r.SequenceNumber)
				}
				if given != nil {
					for _, r := range given.records {
						lost = append(lost, r.SequenceNumber)
					}
				}
				pieces = append(rest, pieces[1:]...)
			}
			var good, bad []string
			for n := range 7 {
				if bits>>n&1 == 0 {
					good = append(good, fmt.Sprint(n+1))
				} else {
					bad = append(bad, fmt.Sprint(n+1))
				}
			}
			if !slices.Equal(done, good) || !slices.Equal(lost, bad) {
				t.Errorf("%q fail: %q are done and %q discarded", bad, done, lost)
			}
		}
	}
}

func TestRecordsThatAreTooOldAreNotTriedAgain(t *testing.T) {
	now := time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
	p := piece{records: numbered(3)}
	for i, age := range []time.Duration{25 * time.Hour, 2 * time.Hour, time.Minute} {
		p.records[i].Created = now.Add(-age)
	}
	for name, c := range map[string]struct {
		age  time.Duration
		want int
	}{
		"as long as the stream keeps them": {0, 1},
		"for an hour":                      {time.Hour, 2},
		"longer than the stream does":      {48 * time.Hour, 1},
		"for a second":                     {time.Second, 3},
	} {
		m := Mapping{MaxAge: c.age}
		old := m.expired(p, now)
		if old == nil || len(old.records) != c.want || old.condition != "RecordAgeExceeded" {
			t.Errorf("%s: %+v are too old, want %d", name, old, c.want)
		}
	}
	if old := (&Mapping{}).expired(piece{records: p.records[2:]}, now); old != nil {
		t.Errorf("%+v is too old", old)
	}
}

func TestTheNextAttemptComesLaterAndLater(t *testing.T) {
	last := time.Duration(0)
	for n := 1; n < 100; n++ {
		p := pause(n)
		if p < last || p > maxPause {
			t.Fatalf("attempt %d is followed by %s, the one before by %s", n, p, last)
		}
		last = p
	}
	if pause(1) != 250*time.Millisecond || last != 30*time.Second {
		t.Errorf("the pauses go from %s to %s", pause(1), last)
	}
}

func TestABatchIsCutAtItsSizeAndAt6MB(t *testing.T) {
	const mb = 1 << 20
	for name, c := range map[string]struct {
		sizes []int
		most  int
		want  int
	}{
		"none":                      {nil, 10, 0},
		"fewer than the batch size": {[]int{1, 1}, 10, 2},
		"more than the batch size":  {[]int{1, 1, 1, 1}, 3, 3},
		"6 MB":                      {[]int{2 * mb, 2 * mb, 2 * mb, 1}, 10, 2},
		"less than 6 MB":            {[]int{2 * mb, 2 * mb, 2*mb - 100, 1}, 10, 4},
		"one that is too large":     {[]int{7 * mb, 1}, 10, 1},
	} {
		if got := cut(c.sizes, c.most); got != c.want {
			t.Errorf("%s: %d records, want %d", name, got, c.want)
		}
	}
}

func TestABatchHasItsRecordsAsTheyAreWritten(t *testing.T) {
	if got, want := string(eventOf([]json.RawMessage{[]byte(`{"a":"<"}`), []byte(`{"b": 1}`)})), `{"Records":[{"a":"<"},{"b": 1}]}`; got != want {
		t.Errorf("it is %s, want %s", got, want)
	}
}

func TestSequenceNumbersAreComparedAsNumbers(t *testing.T) {
	ordered := []string{"", "1", "9", "10", "100000000000000000000001", "100000000000000000000002"}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := compare(a, b); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("%q and %q: %d", a, b, got)
			}
		}
	}
	if compare("0007", "7") != 0 {
		t.Error("zeros before a number count")
	}
}
