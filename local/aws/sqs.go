package aws

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"annex/local/aws/queues"
)

const (
	// sqsTarget begins the operations of SQS.
	sqsTarget = "AmazonSQS."

	// maxSQSRequest is more than the largest batch of messages has in JSON.
	maxSQSRequest = 8 << 20
)

// sqsOperations are those that are served. The others make, change and delete
// queues, which is the templates' part.
var sqsOperations = map[string]func(*sqsRequest) (any, error){
	"CancelMessageMoveTask":        (*sqsRequest).cancelMessageMoveTask,
	"ChangeMessageVisibility":      (*sqsRequest).changeMessageVisibility,
	"ChangeMessageVisibilityBatch": (*sqsRequest).changeMessageVisibilityBatch,
	"DeleteMessage":                (*sqsRequest).deleteMessage,
	"DeleteMessageBatch":           (*sqsRequest).deleteMessageBatch,
	"GetQueueAttributes":           (*sqsRequest).getQueueAttributes,
	"GetQueueUrl":                  (*sqsRequest).getQueueURL,
	"ListDeadLetterSourceQueues":   (*sqsRequest).listDeadLetterSourceQueues,
	"ListMessageMoveTasks":         (*sqsRequest).listMessageMoveTasks,
	"ListQueues":                   (*sqsRequest).listQueues,
	"PurgeQueue":                   (*sqsRequest).purgeQueue,
	"ReceiveMessage":               (*sqsRequest).receiveMessage,
	"SendMessage":                  (*sqsRequest).sendMessage,
	"SendMessageBatch":             (*sqsRequest).sendMessageBatch,
	"StartMessageMoveTask":         (*sqsRequest).startMessageMoveTask,
}

// sqsRequest is one request for SQS, in its JSON protocol.
type sqsRequest struct {
	*Endpoint

	http   *http.Request
	caller caller
	region string
	body   []byte
}

// sqsError is what SQS answers with, by its name in JSON (SQS API reference,
// "Common Errors", and each operation's).
type sqsError struct{ code, message string }

func (e *sqsError) Error() string { return e.code + ": " + e.message }

// invalidValue refuses the value of a parameter.
func invalidValue(value any, parameter, reason string) error {
	return &sqsError{"InvalidParameterValueException", fmt.Sprintf("Value %v for parameter %s is invalid. Reason: %s", value, parameter, reason)}
}

func missingParameter(name string) error {
	return &sqsError{"MissingRequiredParameterException", "The request must contain the parameter " + name + "."}
}

// serveSQS answers one request of a caller.
func (e *Endpoint) serveSQS(w http.ResponseWriter, r *http.Request, c caller, s scope) {
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), sqsTarget)
	serve, known := sqsOperations[operation]
	if !known {
		message := "sqs: " + operation + " is not available locally: queues are what the templates say, so change the stack"
		e.log.Print(message)
		jsonFailure(w, http.StatusNotImplemented, "NotImplementedException", message)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxSQSRequest))
	if err != nil {
		failSQS(w, &sqsError{"BatchRequestTooLong", "Batch requests cannot be longer than 1048576 bytes."})
		return
	}
	out, err := serve(&sqsRequest{Endpoint: e, http: r, caller: c, region: s.region, body: body})
	if refused, ok := errors.AsType[*sqsError](err); ok {
		if refused.code == "NotImplementedException" {
			e.log.Print(refused.message)
		}
		failSQS(w, refused)
		return
	}
	if err != nil {
		e.log.Printf("sqs: %v", err)
		jsonFailure(w, http.StatusInternalServerError, "InternalFailure", err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if out == nil {
		out = struct{}{}
	}
	write(w, http.StatusOK, encoded(out))
}

// failSQS answers an error, also with the name that it had in SQS's older
// protocol, which SDKs still go by.
func failSQS(w http.ResponseWriter, e *sqsError) {
	status, name := http.StatusBadRequest, strings.TrimSuffix(e.code, "Exception")
	switch e.code {
	case "AccessDeniedException":
		status = http.StatusForbidden
	case "NotImplementedException":
		status = http.StatusNotImplemented
	case "QueueDoesNotExist":
		name = "AWS.SimpleQueueService.NonExistentQueue"
	case "MissingRequiredParameterException":
		name = "MissingParameter"
	case "ReceiptHandleIsInvalid", "InvalidMessageContents", "InvalidAttributeName", "InvalidParameterValueException":
	case "ResourceNotFoundException":
		name = e.code
	default:
		name = "AWS.SimpleQueueService." + e.code
	}
	w.Header().Set("X-Amzn-Query-Error", name+";Sender")
	jsonFailure(w, status, "com.amazonaws.sqs#"+e.code, e.message)
}

// refuseQuery answers a request in SQS's older protocol.
func (e *Endpoint) refuseQuery(w http.ResponseWriter) {
	const message = "sqs: the query protocol is not available locally: use an SDK or an AWS CLI that speaks SQS's JSON protocol, as all do that are newer than November 2023"
	e.log.Print(message)
	queryFailure(w, http.StatusNotImplemented, "NotImplemented", message)
}

func (r *sqsRequest) decode(into any) error {
	if err := json.Unmarshal(r.body, into); err != nil {
		return &sqsError{"SerializationException", "the request is no JSON object of this operation"}
	}
	return nil
}

// queueAt finds the queue with a URL, whatever host that names: a template's is
// that of AWS, and what GetQueueUrl gives is here. The caller has to be allowed
// the action on it.
func (r *sqsRequest) queueAt(address, action string) (Queue, error) {
	if address == "" {
		return Queue{}, missingParameter("QueueUrl")
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return Queue{}, &sqsError{"InvalidAddress", "The address " + address + " is not valid for this endpoint."}
	}
	account, name, _ := strings.Cut(strings.Trim(parsed.Path, "/"), "/")
	return r.queue(account, name, action)
}

func (r *sqsRequest) queue(account, name, action string) (Queue, error) {
	if strings.HasSuffix(name, ".fifo") {
		return Queue{}, &sqsError{"NotImplementedException", "sqs: " + name + " is not available locally: local mode has standard queues alone"}
	}
	elsewhere := ""
	for _, q := range r.config().Queues {
		if q.Name != name || account != "" && q.Account != account {
			continue
		}
		if r.region != "" && r.region != q.Region {
			elsewhere = fmt.Sprintf(" It is in %s, and the request is for %s.", q.Region, r.region)
			continue
		}
		return q, r.allowed(q, action)
	}
	return Queue{}, &sqsError{"QueueDoesNotExist", "The specified queue does not exist." + elsewhere}
}

// allowed is the error that the caller may not do something with a queue.
func (r *sqsRequest) allowed(q Queue, action string) error {
	if denied := r.authorize(r.caller, permission{action: "sqs:" + action, resource: q.ARN}, r.region, q.Policy, nil); denied != "" {
		return &sqsError{"AccessDeniedException", string(denied)}
	}
	return nil
}

// queueByARN finds the queue that an operation names by its ARN.
func (r *sqsRequest) queueByARN(arn, parameter string) (Queue, error) {
	q, ok := r.config().queue(arn)
	if !ok {
		return q, &sqsError{"ResourceNotFoundException", "The resource that you specified for the " + parameter + " parameter doesn't exist."}
	}
	return q, nil
}

// url is where a queue is here, also for clients that send to a queue's URL.
func (r *sqsRequest) url(q Queue) string { return r.URL() + "/" + q.Account + "/" + q.Name }

// sqsFailure is the error of the store as SQS has it.
func sqsFailure(err error, receipt string) error {
	switch {
	case errors.Is(err, queues.ErrNoQueue):
		return &sqsError{"QueueDoesNotExist", "The specified queue does not exist."}
	case errors.Is(err, queues.ErrReceipt):
		return &sqsError{"ReceiptHandleIsInvalid", fmt.Sprintf("The input receipt handle %q is not a valid receipt handle.", receipt)}
	case errors.Is(err, queues.ErrNotInFlight):
		return &sqsError{"MessageNotInflight", "The specified message isn't in flight."}
	}
	return err
}

// batchEntry is what each entry of a batch has.
type batchEntry interface{ id() string }

type batchFailure struct {
	ID          string `json:"Id"`
	Code        string
	Message     string
	SenderFault bool
}

type batchResult struct {
	Successful []any
	Failed     []batchFailure
}

// inBatch does each entry of a batch by itself.
func inBatch[E batchEntry](entries []E, do func(E) (any, error)) (*batchResult, error) {
	if len(entries) == 0 {
		return nil, &sqsError{"EmptyBatchRequest", "There should be at least one entry in the request."}
	}
	if len(entries) > 10 {
		return nil, &sqsError{"TooManyEntriesInBatchRequest", fmt.Sprintf("Maximum number of entries per request are 10. You have sent %d.", len(entries))}
	}
	var ids []string
	for _, e := range entries {
		id := e.id()
		if id == "" || len(id) > 80 || strings.Trim(id, idLetters) != "" {
			return nil, &sqsError{"InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long."}
		}
		if slices.Contains(ids, id) {
			return nil, &sqsError{"BatchEntryIdsNotDistinct", "Id " + id + " repeated."}
		}
		ids = append(ids, id)
	}
	result := &batchResult{Successful: []any{}, Failed: []batchFailure{}}
	for _, e := range entries {
		done, err := do(e)
		refused, ok := errors.AsType[*sqsError](err)
		switch {
		case ok:
			result.Failed = append(result.Failed, batchFailure{e.id(), refused.code, refused.message, true})
		case err != nil:
			result.Failed = append(result.Failed, batchFailure{e.id(), "InternalFailure", err.Error(), false})
		default:
			result.Successful = append(result.Successful, done)
		}
	}
	return result, nil
}

const idLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
