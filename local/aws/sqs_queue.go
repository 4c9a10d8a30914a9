package aws

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"annex/local/aws/queues"
)

func (r *sqsRequest) getQueueURL() (any, error) {
	var in struct {
		QueueName              string
		QueueOwnerAWSAccountID string `json:"QueueOwnerAWSAccountId"`
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	if in.QueueName == "" {
		return nil, missingParameter("QueueName")
	}
	q, err := r.queue(in.QueueOwnerAWSAccountID, in.QueueName, "GetQueueUrl")
	if err != nil {
		return nil, err
	}
	return map[string]string{"QueueUrl": r.url(q)}, nil
}

// getQueueAttributes also counts the messages, which is how many there are and
// not about how many.
func (r *sqsRequest) getQueueAttributes() (any, error) {
	var in struct {
		QueueURL       string `json:"QueueUrl"`
		AttributeNames []string
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	q, err := r.queueAt(in.QueueURL, "GetQueueAttributes")
	if err != nil {
		return nil, err
	}
	count, err := r.queues.Count(q.ARN)
	if err != nil {
		return nil, sqsFailure(err, "")
	}
	seconds := func(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
	all := map[string]string{
		"QueueArn":                              q.ARN,
		"ApproximateNumberOfMessages":           strconv.Itoa(count.Visible),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(count.InFlight),
		"ApproximateNumberOfMessagesDelayed":    strconv.Itoa(count.Delayed),
		"VisibilityTimeout":                     seconds(q.Settings.Visibility),
		"DelaySeconds":                          seconds(q.Settings.Delay),
		"MessageRetentionPeriod":                seconds(q.Settings.Retention),
		"ReceiveMessageWaitTimeSeconds":         seconds(q.Wait),
		"MaximumMessageSize":                    strconv.Itoa(q.MaxMessage),
	}
	for name, value := range map[string]string{"RedrivePolicy": q.RedrivePolicy, "RedriveAllowPolicy": q.RedriveAllow} {
		if value != "" {
			all[name] = value
		}
	}
	attributes := map[string]string{}
	for name, value := range all {
		if slices.Contains(in.AttributeNames, "All") || slices.Contains(in.AttributeNames, name) {
			attributes[name] = value
		}
	}
	return map[string]any{"Attributes": attributes}, nil
}

func (r *sqsRequest) listQueues() (any, error) {
	var in struct {
		QueueNamePrefix string
		MaxResults      int
		NextToken       string // the name of the queue before
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	if denied := r.authorize(r.caller, permission{action: "sqs:ListQueues", resource: "*"}, r.region, nil, nil); denied != "" {
		return nil, &sqsError{"AccessDeniedException", string(denied)}
	}
	return r.page(func(q Queue) bool {
		return strings.HasPrefix(q.Name, in.QueueNamePrefix) && (r.region == "" || q.Region == r.region)
	}, "QueueUrls", in.MaxResults, in.NextToken), nil
}

func (r *sqsRequest) listDeadLetterSourceQueues() (any, error) {
	var in struct {
		QueueURL   string `json:"QueueUrl"`
		MaxResults int
		NextToken  string
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	dead, err := r.queueAt(in.QueueURL, "ListDeadLetterSourceQueues")
	if err != nil {
		return nil, err
	}
	return r.page(func(q Queue) bool { return q.Settings.DeadLetters == dead.ARN }, "queueUrls", in.MaxResults, in.NextToken), nil
}

// page is a list of queues in the order of their names. Without most, it has up
// to a thousand and no token for more.
func (r *sqsRequest) page(include func(Queue) bool, name string, most int, after string) any {
	all := slices.DeleteFunc(slices.Clone(r.config().Queues), func(q Queue) bool { return !include(q) || q.Name <= after })
	slices.SortFunc(all, func(a, b Queue) int { return strings.Compare(a.Name, b.Name) })
	answer := map[string]any{}
	if most > 0 && len(all) > most {
		all = all[:most]
		answer["NextToken"] = all[most-1].Name
	}
	urls := []string{}
	for _, q := range all[:min(len(all), 1000)] {
		urls = append(urls, r.url(q))
	}
	answer[name] = urls
	return answer
}

func (r *sqsRequest) purgeQueue() (any, error) {
	var in struct {
		QueueURL string `json:"QueueUrl"`
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	q, err := r.queueAt(in.QueueURL, "PurgeQueue")
	if err != nil {
		return nil, err
	}
	return nil, sqsFailure(r.queues.Purge(q.ARN), "")
}

// startMessageMoveTask is a redrive. Without a destination, each message goes to
// the queue from which it came.
func (r *sqsRequest) startMessageMoveTask() (any, error) {
	var in struct {
		SourceARN      string `json:"SourceArn"`
		DestinationARN string `json:"DestinationArn"`
		Rate           int    `json:"MaxNumberOfMessagesPerSecond"`
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	source, err := r.queueByARN(in.SourceARN, "SourceArn")
	if err != nil {
		return nil, err
	}
	for _, action := range []string{"StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"} {
		if err := r.allowed(source, action); err != nil {
			return nil, err
		}
	}
	if in.Rate < 0 || in.Rate > 500 {
		return nil, invalidValue(in.Rate, "MaxNumberOfMessagesPerSecond", "Must be between 1 and 500, if provided.")
	}
	var into []Queue
	dead := false
	for _, q := range r.config().Queues {
		if q.Settings.DeadLetters == source.ARN {
			dead = true
			into = append(into, q)
		}
	}
	if !dead {
		return nil, &sqsError{"InvalidParameterValueException", "Source queue must be configured as a Dead Letter Queue."}
	}
	if in.DestinationARN != "" {
		q, err := r.queueByARN(in.DestinationARN, "DestinationArn")
		if err != nil {
			return nil, err
		}
		into = []Queue{q}
	}
	for _, q := range into {
		if err := r.allowed(q, "SendMessage"); err != nil {
			return nil, err
		}
	}
	task, err := r.queues.Move(in.SourceARN, in.DestinationARN, in.Rate)
	if errors.Is(err, queues.ErrMoving) {
		return nil, &sqsError{"UnsupportedOperation", "There is already a task running. Only one active task is allowed for a source queue arn at a given time."}
	}
	if err != nil {
		return nil, sqsFailure(err, "")
	}
	return map[string]string{"TaskHandle": task.Handle}, nil
}

func (r *sqsRequest) listMessageMoveTasks() (any, error) {
	var in struct {
		SourceARN string `json:"SourceArn"`
	}
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	source, err := r.queueByARN(in.SourceARN, "SourceArn")
	if err != nil {
		return nil, err
	}
	if err := r.allowed(source, "ListMessageMoveTasks"); err != nil {
		return nil, err
	}
	tasks, err := r.queues.Moves(in.SourceARN)
	if err != nil {
		return nil, sqsFailure(err, "")
	}
	results := []any{}
	for _, t := range tasks {
		result := map[string]any{
			"Status": t.Status, "SourceArn": t.Source, "StartedTimestamp": t.Started.UnixMilli(),
			"ApproximateNumberOfMessagesMoved": t.Moved, "ApproximateNumberOfMessagesToMove": t.ToMove,
		}
		if t.Status == "RUNNING" { // else nothing can be done with it
			result["TaskHandle"] = t.Handle
		}
		for name, value := range map[string]string{"DestinationArn": t.Destination, "FailureReason": t.Failure} {
			if value != "" {
				result[name] = value
			}
		}
		if t.Rate > 0 {
			result["MaxNumberOfMessagesPerSecond"] = t.Rate
		}
		results = append(results, result)
	}
	return map[string]any{"Results": results}, nil
}

func (r *sqsRequest) cancelMessageMoveTask() (any, error) {
	var in struct{ TaskHandle string }
	if err := r.decode(&in); err != nil {
		return nil, err
	}
	task, running := r.queues.Running(in.TaskHandle)
	if !running {
		return nil, &sqsError{"ResourceNotFoundException", "There is no running task with this handle."}
	}
	source, err := r.queueByARN(task.Source, "TaskHandle")
	if err != nil {
		return nil, err
	}
	if err := r.allowed(source, "CancelMessageMoveTask"); err != nil {
		return nil, err
	}
	moved, err := r.queues.CancelMove(in.TaskHandle)
	if err != nil {
		return nil, &sqsError{"ResourceNotFoundException", "There is no running task with this handle."}
	}
	return map[string]int{"ApproximateNumberOfMessagesMoved": moved}, nil
}
