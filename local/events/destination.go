package events

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"annex/local/lambda"
	"annex/local/uuid"
)

// The times in records of invocations, as AWS writes them.
const (
	toTheMillisecond = "2006-01-02T15:04:05.000Z"
	toTheSecond      = "2006-01-02T15:04:05Z"
)

// requestContext and responseContext say in a record of an invocation what was
// called and what came of it.
type requestContext struct {
	RequestID              string `json:"requestId"`
	FunctionARN            string `json:"functionArn"`
	Condition              string `json:"condition"`
	ApproximateInvokeCount int    `json:"approximateInvokeCount"`
}

type responseContext struct {
	StatusCode      int    `json:"statusCode"`
	ExecutedVersion string `json:"executedVersion"`
	FunctionError   string `json:"functionError,omitempty"`
}

func responseOf(r *lambda.Result) *responseContext {
	if r == nil {
		return nil
	}
	return &responseContext{200, r.Version, r.FunctionError}
}

// failureRecord is what the destination of a stream's mapping is told of records
// that are given up: where they are in the stream, and not what they are
// ("Retain discarded records for a DynamoDB event source in Lambda").
func (m *Mapping) failureRecord(d *discard, now time.Time) string {
	first, last := d.records[0], d.records[len(d.records)-1]
	type batchInfo struct {
		ShardID        string `json:"shardId"`
		Start          string `json:"startSequenceNumber"`
		End            string `json:"endSequenceNumber"`
		ArrivalOfFirst string `json:"approximateArrivalOfFirstRecord"`
		ArrivalOfLast  string `json:"approximateArrivalOfLastRecord"`
		BatchSize      int    `json:"batchSize"`
		StreamARN      string `json:"streamArn"`
	}
	return encoded(struct {
		RequestContext  requestContext   `json:"requestContext"`
		ResponseContext *responseContext `json:"responseContext,omitempty"`
		Version         string           `json:"version"`
		Timestamp       string           `json:"timestamp"`
		BatchInfo       batchInfo        `json:"DDBStreamBatchInfo"`
	}{
		requestContext{requestID(d.last), m.Function, d.condition, d.invokes},
		responseOf(d.last),
		"1.0", now.UTC().Format(toTheMillisecond),
		batchInfo{
			first.Shard, first.SequenceNumber, last.SequenceNumber,
			first.Created.UTC().Format(toTheSecond), last.Created.UTC().Format(toTheSecond), len(d.records), m.Source,
		},
	})
}

func requestID(r *lambda.Result) string {
	if r != nil {
		return r.RequestID
	}
	return uuid.New()
}

func encoded(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and numbers, and JSON
	}
	return string(text)
}

// The conditions of a record of an asynchronous invocation.
const (
	success          = "Success"
	retriesExhausted = "RetriesExhausted"
	eventAgeExceeded = "EventAgeExceeded"
)

// invocationRecord is what a destination is told of an asynchronous invocation
// that is over ("Capturing records of Lambda asynchronous invocations").
func invocationRecord(a Attempt, condition string, event []byte, now time.Time) string {
	record := struct {
		Version         string           `json:"version"`
		Timestamp       string           `json:"timestamp"`
		RequestContext  requestContext   `json:"requestContext"`
		RequestPayload  json.RawMessage  `json:"requestPayload"`
		ResponseContext *responseContext `json:"responseContext,omitempty"`
		ResponsePayload json.RawMessage  `json:"responsePayload,omitempty"`
	}{
		Version: "1.0", Timestamp: now.UTC().Format(toTheMillisecond),
		RequestContext:  requestContext{requestID(a.Result), qualified(a.Function), condition, a.Number},
		ResponseContext: responseOf(a.Result),
	}
	if json.Valid(event) {
		record.RequestPayload = event
	}
	if a.Result != nil && json.Valid(a.Result.Payload) {
		record.ResponsePayload = a.Result.Payload
	}
	return encoded(record)
}

// qualified is a function's ARN with a qualifier, which is $LATEST where it has
// none.
func qualified(functionARN string) string {
	const colons = 6 // in an unqualified one
	if strings.Count(functionARN, ":") > colons {
		return functionARN
	}
	return functionARN + ":$LATEST"
}

// deadLetterAttributes are those of an event in its function's dead-letter queue
// ("Adding a dead-letter queue").
func deadLetterAttributes(a Attempt) map[string]string {
	const most = 1 << 10
	attributes := map[string]string{"RequestID": requestID(a.Result), "ErrorCode": "429"}
	message := ""
	if a.Err != nil {
		message = a.Err.Error()
	}
	if a.Result != nil {
		var described struct{ ErrorMessage string }
		_ = json.Unmarshal(a.Result.Payload, &described) // else the answer itself says most
		attributes["ErrorCode"] = "200"
		message = cmp.Or(described.ErrorMessage, string(a.Result.Payload))
	}
	attributes["ErrorMessage"] = message[:min(len(message), most)]
	return attributes
}
