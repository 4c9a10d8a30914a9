package aws

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	dynamoDBTarget = "DynamoDB_20120810."
	streamsTarget  = "DynamoDBStreams_20120810."

	// maxDynamoDBRequest is the largest request, that of a BatchWriteItem.
	maxDynamoDBRequest = 16 << 20
)

// dynamoDB stands in front of dynalite, or of another DynamoDB: it decides who
// may do what, and answers what dynalite does not know.
type dynamoDB struct {
	endpoint  *Endpoint
	account   string        // of tables that are not in the templates
	other     bool          // not dynalite
	url       func() string // where it is; empty while it is not there
	transport *http.Transport
}

func newTransport() *http.Transport {
	return &http.Transport{
		MaxIdleConnsPerHost: 256, // as many as there are execution environments at once
		DisableCompression:  true,
		IdleConnTimeout:     time.Minute,
	}
}

// serve answers one request of a caller.
func (d *dynamoDB) serve(w http.ResponseWriter, r *http.Request, c caller, s scope) {
	target := r.Header.Get("X-Amz-Target")
	operation, known := strings.CutPrefix(target, dynamoDBTarget)
	known = known && dynaliteHas(operation)
	stream, ofStreams := strings.CutPrefix(target, streamsTarget)
	if ofStreams {
		operation, known = stream, streamsHave(stream)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDynamoDBRequest))
	if err != nil {
		jsonFailure(w, http.StatusRequestEntityTooLarge, "com.amazon.coral.service#RequestEntityTooLargeException", "the request is larger than 16 MB, or broke off")
		return
	}
	in, err := parseDynamoDB(body)
	if err != nil {
		jsonFailure(w, http.StatusBadRequest, "com.amazon.coral.service#SerializationException", err.Error())
		return
	}
	if !d.other {
		if !known {
			d.unavailable(w, target, operation)
			return
		}
		if part := in.beyondDynalite(); part != "" {
			d.unavailable(w, target, operation+" with "+part)
			return
		}
	}
	needs, known := dynamoDBPermissions(operation, in)
	if !known && !c.root && (d.other || !ofStreams) { // what names no stream here is refused for that
		d.unjudged(w, operation)
		return
	}
	for _, need := range needs {
		table := d.find(need.table)
		if table.Region != "" && s.region != "" && table.Region != s.region && !c.root {
			jsonFailure(w, http.StatusBadRequest, "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
				fmt.Sprintf("Requested resource not found: Table: %s not found: it is in %s, and the request is for %s", table.Name, table.Region, s.region))
			return
		}
		p, policy := permission{action: need.action, resource: d.arn(need, table, s.region)}, table.Policy
		if need.stream {
			policy = table.StreamPolicy
		}
		if denied := d.endpoint.authorize(c, p, s.region, policy, nil); denied != "" {
			jsonFailure(w, http.StatusBadRequest, "com.amazon.coral.service#AccessDeniedException", string(denied))
			return
		}
	}
	if ofStreams && !d.other {
		d.serveStreams(w, r, operation, in, s.region)
		return
	}
	d.forward(w, r, operation, in, s)
}

// find returns the table of the templates that a request names, by its name
// or its ARN. One that is not in the templates has only its name.
func (d *dynamoDB) find(name string) Table {
	name = tableName(name)
	for _, t := range d.endpoint.config().Tables {
		if t.Name == name {
			return t
		}
	}
	return Table{Name: name}
}

// arn is the resource of a need. A table that is not in the templates is one
// of the account of those that are.
func (d *dynamoDB) arn(need need, t Table, region string) string {
	if need.table == "*" {
		return need.table
	}
	arn := t.ARN
	if arn == "" {
		arn = "arn:aws:dynamodb:" + region + ":" + d.account + ":table/" + t.Name
	}
	switch {
	case need.index != "":
		arn += "/index/" + need.index
	case need.stream && t.StreamARN != "":
		arn = t.StreamARN // another DynamoDB gives its streams other labels
	case need.stream:
		_, label, _ := strings.Cut(need.table, "/stream/")
		arn += "/stream/" + label
	}
	return arn
}

// dynaliteHas says whether dynalite has the operation: by itself (its index.js),
// from dynalite_transactions.js or dynalite_streams.js, or from expiry.go.
func dynaliteHas(operation string) bool {
	return slices.Contains([]string{
		"BatchGetItem", "BatchWriteItem", "CreateTable", "DeleteItem", "DeleteTable", "DescribeTable",
		"DescribeTimeToLive", "GetItem", "ListTables", "ListTagsOfResource", "PutItem", "Query", "Scan",
		"TagResource", "TransactGetItems", "TransactWriteItems", "UntagResource", "UpdateItem", "UpdateTable",
		"UpdateTimeToLive",
	}, operation)
}

func (d *dynamoDB) unavailable(w http.ResponseWriter, target, operation string) {
	service := "dynamodb"
	if strings.HasPrefix(target, streamsTarget) {
		service = "dynamodb streams"
	}
	if operation == "" {
		operation = "(no operation)"
	}
	message := fmt.Sprintf("%s: %s is not available locally, because dynalite does not have it: point local mode at another DynamoDB, such as `DYNAMODB=http://127.0.0.1:8000 make run`", service, operation)
	d.endpoint.log.Print(message)
	jsonFailure(w, http.StatusNotImplemented, "com.amazon.coral.service#UnknownOperationException", message)
}

func (d *dynamoDB) unjudged(w http.ResponseWriter, operation string) {
	message := fmt.Sprintf("dynamodb: %s: local mode does not know which permissions it needs, so no function may use it here", operation)
	d.endpoint.log.Print(message)
	jsonFailure(w, http.StatusNotImplemented, "com.amazon.coral.service#UnknownOperationException", message)
}

// forward passes a request on and its answer back.
func (d *dynamoDB) forward(w http.ResponseWriter, r *http.Request, operation string, in dynamoDBRequest, s scope) {
	switch t := d.find(in.text("TableName")); {
	case d.other:
	case operation == "DescribeTimeToLive" && t.ARN != "":
		describeTimeToLive(w, t)
		return
	case operation == "UpdateTimeToLive" && t.ARN != "":
		updateTimeToLive(w, t, in)
		return
	case operation == "UpdateTimeToLive":
		d.unavailable(w, r.Header.Get("X-Amz-Target"), operation)
		return
	}
	body, renamed := in.withNames()
	response, err := d.send(r.Context(), r.Header.Get("X-Amz-Target"), s.region, body)
	if err != nil {
		if r.Context().Err() != nil {
			return // the client has gone
		}
		d.endpoint.log.Print(err)
		// The SDKs try again after a 500.
		jsonFailure(w, http.StatusInternalServerError, "com.amazonaws.dynamodb.v20120810#InternalServerError", err.Error())
		return
	}
	answer := response.body
	switch {
	case describesTables(operation):
		answer = d.withARNs(answer)
	case len(renamed) > 0:
		answer = withOriginalNames(answer, renamed)
	case response.status == http.StatusBadRequest && in.wantsFailedItem() && !d.other:
		answer = d.withFailedItem(r.Context(), in, s.region, answer)
	}
	h := w.Header()
	for _, name := range []string{"Content-Type", "X-Amzn-Requestid"} {
		h.Set(name, response.header.Get(name))
	}
	if len(answer) == len(response.body) && bytes.Equal(answer, response.body) {
		h.Set("X-Amz-Crc32", response.header.Get("X-Amz-Crc32"))
	}
	write(w, response.status, answer)
}

// answer is what DynamoDB answered.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// unreachable is another DynamoDB that does not answer.
type unreachable struct {
	url string
	err error
}

func (u *unreachable) Error() string {
	return fmt.Sprintf("the DynamoDB at %s does not answer (%v): start it, or leave out DYNAMODB to have one started", u.url, u.err)
}

func (u *unreachable) Unwrap() error { return u.err }

// send makes a request of DynamoDB as root: another DynamoDB may keep the data
// of each access key apart, as DynamoDB Local does.
func (d *dynamoDB) send(ctx context.Context, target, region string, body []byte) (*answer, error) {
	url := d.url()
	if url == "" {
		return nil, errors.New("DynamoDB is not there at the moment: dynalite has ended")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask DynamoDB: %w", err)
	}
	now := time.Now().UTC()
	request.Header = http.Header{
		"Content-Type": {"application/x-amz-json-1.0"},
		"X-Amz-Target": {target},
		"X-Amz-Date":   {now.Format("20060102T150405Z")},
		"Authorization": {"AWS4-HMAC-SHA256 Credential=" + RootAccessKeyID + "/" + now.Format("20060102") + "/" + region +
			"/dynamodb/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + strings.Repeat("0", 64)},
	}
	response, err := d.transport.RoundTrip(request)
	if err != nil && d.other && ctx.Err() == nil {
		return nil, &unreachable{url, err}
	}
	if err != nil {
		return nil, fmt.Errorf("ask DynamoDB: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read DynamoDB's answer: %w", err)
	}
	return &answer{response.StatusCode, response.Header, data}, nil
}
