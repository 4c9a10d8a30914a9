package queues

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhatIsReceivedTooOftenGoesToTheDeadLetterQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []Dead
		s, err := Open(filepath.Join(t.TempDir(), "q"), func(d Dead) { told = append(told, d) })
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close() //nolint:errcheck // of a test
		if err := s.Update(usual); err != nil {
			t.Fatal(err)
		}
		sent, err := s.Send(work, Content{Body: "poison"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got := receive(t, s, work, 1); bodies(got) != "poison" {
				t.Fatalf("received %q", bodies(got))
			}
			time.Sleep(30 * time.Second)
		}
		send(t, s, work, "good")
		if got := receive(t, s, work, 10); bodies(got) != "good" {
			t.Errorf("the third time received %q", bodies(got))
		}
		letters := receive(t, s, dead, 10)
		if bodies(letters) != "poison" || letters[0].ID != sent.ID || letters[0].Source != work || !letters[0].Sent.Equal(sent.Sent) {
			t.Errorf("the dead-letter queue has %+v, want %+v with its source", letters, sent)
		}
		if len(told) != 1 || told[0] != (Dead{Queue: work, DeadLetters: dead, ID: sent.ID, Receives: 2}) {
			t.Errorf("told of %+v", told)
		}
	})
}

func TestRedriveMovesMessagesBackAsNewOnes(t *testing.T) {
	inTime(t, func(t *testing.T, s *Store) {
		send(t, s, work, "a")
		send(t, s, work, "b")
		send(t, s, work, "c")
		for range 2 {
			receive(t, s, work, 10)
			time.Sleep(30 * time.Second)
		}
		receive(t, s, work, 10) // which buries them
		if c, _ := s.Count(dead); c.Visible != 3 {
			t.Fatalf("the dead-letter queue has %+v", c)
		}
		task, err := s.Move(dead, "", 1)
		if err != nil || task.Status != "RUNNING" || task.ToMove != 3 {
			t.Fatalf("%+v, %v", task, err)
		}
		if _, err := s.Move(dead, "", 1); !errors.Is(err, ErrMoving) {
			t.Errorf("a second redrive: %v", err)
		}
		synctest.Wait() // the first goes at once, and one each second
		if got := receive(t, s, work, 10); bodies(got) != "a" || got[0].Receives != 1 || got[0].Source != "" {
			t.Errorf("moved back %+v", got)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if moved, err := s.CancelMove(task.Handle); moved != 2 || err != nil {
			t.Errorf("cancelled after %d, %v", moved, err)
		}
		if _, err := s.Move(dead, work, 0); err != nil {
			t.Fatal(err)
		}
		tasks, err := s.Moves(dead)
		if err != nil || len(tasks) != 1 || tasks[0].Status != "COMPLETED" || tasks[0].Moved != 1 {
			t.Errorf("%+v, %v", tasks, err)
		}
		send(t, s, dead, "of nowhere")
		if task, err := s.Move(dead, "", 0); err != nil || task.Status != "FAILED" || !strings.Contains(task.Failure, "name a destination") {
			t.Errorf("%+v, %v", task, err)
		}
		if c, _ := s.Count(dead); c.Visible != 1 {
			t.Errorf("after a redrive that failed the queue has %+v", c)
		}
	})
}
