package events

import (
	"crypto/rand"
	"encoding/json"
	"strings"
	"time"
)

// Event is what the schedule gives to its function at a time: its Input, in
// which keywords stand for what Scheduler knows of the run ("Adding context
// attributes in EventBridge Scheduler"), or else an event that says the same.
func (s Schedule) Event(at time.Time) []byte {
	id := strings.ToLower(rand.Text()[:16])
	scheduled := at.UTC().Format(time.RFC3339)
	if s.Input != "" {
		return []byte(strings.NewReplacer(
			"<aws.scheduler.schedule-arn>", s.ARN,
			"<aws.scheduler.scheduled-time>", scheduled,
			"<aws.scheduler.execution-id>", id,
			"<aws.scheduler.attempt-number>", "1",
		).Replace(s.Input))
	}
	parts := strings.SplitN(s.ARN, ":", 6)
	event, err := json.Marshal(map[string]any{
		"version": "0", "id": id, "detail-type": "Scheduled Event", "source": "aws.scheduler",
		"account": parts[4], "region": parts[3], "time": scheduled, "resources": []string{s.ARN}, "detail": "{}",
	})
	if err != nil {
		panic(err) // strings always marshal
	}
	return event
}
