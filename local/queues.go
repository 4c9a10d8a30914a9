package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"annex/local/aws"
	"annex/local/console"
)

// shownMessages is how many messages of a queue the console shows.
const shownMessages = 20

// deadLettersOf says where a queue's dead letters go, and when.
func deadLettersOf(q aws.Queue) string {
	if q.Settings.DeadLetters == "" {
		return ""
	}
	to := q.Settings.DeadLetters[strings.LastIndexByte(q.Settings.DeadLetters, ':')+1:]
	return fmt.Sprintf("%s, after %s", to, count(q.Settings.MaxReceives, "receipt", "receipts"))
}

// retention is how long a queue keeps messages.
func retention(q aws.Queue) string {
	const day = 24 * time.Hour
	if kept := q.Settings.Retention; kept%day != 0 {
		return kept.String()
	}
	return count(int(q.Settings.Retention/day), "day", "days")
}

// queueMessages are how many messages the queues have now, for the console.
func (s *system) queueMessages() map[string]console.Messages {
	counts := map[string]console.Messages{}
	for _, q := range s.current.Load().plan.aws.Queues {
		if waiting, hidden, err := s.endpoint.CountMessages(q.ARN); err == nil {
			counts[q.ARN] = console.Messages{Waiting: waiting, Hidden: hidden}
		}
	}
	return counts
}

// peek is the first messages of a queue, each as its function gets it.
func (s *system) peek(queueARN string) ([]json.RawMessage, error) {
	found, err := s.endpoint.PeekMessages(queueARN, shownMessages)
	messages := make([]json.RawMessage, len(found))
	for i, m := range found {
		messages[i] = m.JSON
	}
	return messages, err
}
