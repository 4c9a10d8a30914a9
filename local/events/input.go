package events

import (
	"crypto/rand"
	"encoding/json"
	"strings"
	"time"

	"annex/local/uuid"
)

// DeadLetters are the message, with its attributes, that the schedule's dead-letter
// queue gets where Scheduler could not have its function run: the request that it
// would have sent ("Configuring a schedule's dead-letter queue in EventBridge
// Scheduler", which shows one of another service).
func (s Schedule) DeadLetters(at time.Time, reason error) (body string, attributes map[string]string) {
	code := "AWS.Lambda.AccessDeniedException"
	if strings.Contains(reason.Error(), "ResourceNotFoundException") {
		code = "AWS.Lambda.ResourceNotFoundException"
	}
	body = encoded(map[string]string{"FunctionName": s.Target, "InvocationType": "Event", "Payload": string(s.Event(at))})
	return body, map[string]string{
		"ERROR_CODE": code, "ERROR_MESSAGE": reason.Error(), "EXECUTION_ID": strings.ToLower(rand.Text()[:16]),
		"IS_PAYLOAD_TRUNCATED": "false", "RETRY_ATTEMPTS": "0", "SCHEDULED_TIME": at.UTC().Format(time.RFC3339),
		"SCHEDULE_ARN": s.ARN, "TARGET_ARN": s.Target,
	}
}

// Event is what the schedule gives to its function at a time: its Input, in
// which keywords stand for what Scheduler knows of the run ("Adding context
// attributes in EventBridge Scheduler"), or else an event that says the same.
func (s Schedule) Event(at time.Time) []byte {
	scheduled := at.UTC().Format(time.RFC3339)
	if s.Input != "" {
		return []byte(strings.NewReplacer(
			"<aws.scheduler.schedule-arn>", s.ARN,
			"<aws.scheduler.scheduled-time>", scheduled,
			"<aws.scheduler.execution-id>", strings.ToLower(rand.Text()[:16]),
			"<aws.scheduler.attempt-number>", "1",
		).Replace(s.Input))
	}
	parts := strings.SplitN(s.ARN, ":", 6)
	event, err := json.Marshal(map[string]any{
		"version": "0", "id": uuid.New(), "detail-type": "Scheduled Event", "source": "aws.scheduler",
		"account": parts[4], "region": parts[3], "time": scheduled, "resources": []string{s.ARN}, "detail": "{}",
	})
	if err != nil {
		panic(err) // strings always marshal
	}
	return event
}
