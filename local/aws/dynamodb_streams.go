package aws

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	// shardID is that of the one shard of every stream, which never closes. AWS's
	// have this form, and at least as many characters.
	shardID = "shardId-00000000000000000001-00000001"

	// firstSequenceNumber is below that of the first record (dynalite_streams.js).
	firstSequenceNumber = "100000000000000000000"

	maxStreams = 100  // that one ListStreams names
	maxRecords = 1000 // that one GetRecords gives
)

// streamsError is what the Streams API refuses a request with.
func streamsError(code, format string, arguments ...any) error {
	return callError{Code: "com.amazonaws.dynamodb.v20120810#" + code, Message: fmt.Sprintf(format, arguments...)}
}

// serveStreams answers a request of the Streams API.
func (d *dynamoDB) serveStreams(w http.ResponseWriter, r *http.Request, operation string, in dynamoDBRequest, region string) {
	out, err := d.streamsOperation(r.Context(), operation, in, region)
	refused, isRefused := errors.AsType[callError](err)
	switch {
	case r.Context().Err() != nil: // the client has gone
	case isRefused:
		jsonFailure(w, http.StatusBadRequest, refused.Code, refused.Message)
	case err != nil:
		d.endpoint.log.Print(err)
		jsonFailure(w, http.StatusInternalServerError, "com.amazonaws.dynamodb.v20120810#InternalServerError", err.Error())
	default:
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		body, _ := json.Marshal(out) // of texts, numbers and JSON itself
		write(w, http.StatusOK, body)
	}
}

// streamsHave says whether there is the operation here, which are all of the
// Streams API.
func streamsHave(operation string) bool {
	return slices.Contains([]string{"ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"}, operation)
}

func (d *dynamoDB) streamsOperation(ctx context.Context, operation string, in dynamoDBRequest, region string) (any, error) {
	limit, err := in.limit(map[string]int{"GetRecords": maxRecords}[operation])
	if err != nil {
		return nil, err
	}
	switch operation {
	case "ListStreams":
		return d.listStreams(ctx, in, limit, region)
	case "DescribeStream":
		return d.describeStream(ctx, in, region)
	case "GetShardIterator":
		return d.getShardIterator(ctx, in, region)
	default:
		return d.getRecords(ctx, in, limit, region)
	}
}

// limit is how much a request wants at most, of the most that there may be: 100
// where that is 0.
func (in dynamoDBRequest) limit(most int) (int, error) {
	most = cmp.Or(most, maxStreams)
	limit := most
	if in.fields["Limit"] != nil {
		if json.Unmarshal(in.fields["Limit"], &limit) != nil || limit < 1 || limit > most {
			return 0, streamsError("ValidationException", "1 validation error detected: Value '%s' at 'limit' failed to satisfy constraint: Member must have value between 1 and %d", in.fields["Limit"], most)
		}
	}
	return limit, nil
}

// tableStream is what DescribeTable says of a table with a stream.
type tableStream struct {
	TableName           string
	KeySchema           []KeyElement
	CreationDateTime    float64
	LatestStreamArn     string
	LatestStreamLabel   string
	StreamSpecification streamSpecification
}

// streamOf returns the latest stream of a table, or nil where it never had one.
func (d *dynamoDB) streamOf(ctx context.Context, table, region string) (*tableStream, error) {
	var out struct{ Table tableStream }
	err := d.call(ctx, "DescribeTable", region, map[string]string{"TableName": table}, &out)
	if refused, ok := errors.AsType[callError](err); ok && strings.HasSuffix(refused.Code, "#ResourceNotFoundException") {
		return nil, nil
	}
	if err != nil || out.Table.LatestStreamArn == "" {
		return nil, err
	}
	out.Table.LatestStreamArn = string(d.withARNs([]byte(out.Table.LatestStreamArn)))
	return &out.Table, nil
}

// stream returns the stream that a request names.
func (d *dynamoDB) stream(ctx context.Context, arn, region string) (*tableStream, error) {
	if !strings.Contains(arn, ":table/") || !strings.Contains(arn, "/stream/") {
		return nil, streamsError("ValidationException", "Invalid StreamArn: %s", arn)
	}
	s, err := d.streamOf(ctx, tableName(arn), region)
	if err == nil && (s == nil || s.LatestStreamArn != arn) {
		return nil, streamsError("ResourceNotFoundException", "Requested resource not found: Stream: %s not found", arn)
	}
	return s, err
}

func (d *dynamoDB) listStreams(ctx context.Context, in dynamoDBRequest, limit int, region string) (any, error) {
	type stream struct{ StreamArn, StreamLabel, TableName string }
	out := struct {
		Streams                []stream
		LastEvaluatedStreamArn string `json:",omitempty"`
	}{Streams: []stream{}}
	after := in.text("ExclusiveStartStreamArn")
	if after != "" && !strings.Contains(after, "/stream/") {
		return nil, streamsError("ValidationException", "Invalid StreamArn: %s", after)
	}
	tables := []string{tableName(in.text("TableName"))}
	if tables[0] == "" {
		var err error
		if tables, err = d.tableNames(ctx, region); err != nil {
			return nil, err
		}
	}
	for _, table := range tables {
		if after != "" && table <= tableName(after) {
			continue
		}
		s, err := d.streamOf(ctx, table, region)
		if err != nil {
			return nil, err
		}
		if s == nil {
			continue
		}
		if len(out.Streams) == limit {
			out.LastEvaluatedStreamArn = out.Streams[limit-1].StreamArn
			break
		}
		out.Streams = append(out.Streams, stream{s.LatestStreamArn, s.LatestStreamLabel, s.TableName})
	}
	return out, nil
}

// tableNames are those of all tables, sorted.
func (d *dynamoDB) tableNames(ctx context.Context, region string) ([]string, error) {
	var names []string
	in := map[string]any{}
	for {
		var out struct {
			TableNames             []string
			LastEvaluatedTableName string
		}
		if err := d.call(ctx, "ListTables", region, in, &out); err != nil {
			return nil, err
		}
		names = append(names, out.TableNames...)
		if out.LastEvaluatedTableName == "" {
			slices.Sort(names)
			return names, nil
		}
		in["ExclusiveStartTableName"] = out.LastEvaluatedTableName
	}
}

func (d *dynamoDB) describeStream(ctx context.Context, in dynamoDBRequest, region string) (any, error) {
	s, err := d.stream(ctx, in.text("StreamArn"), region)
	if err != nil {
		return nil, err
	}
	shards := []any{}
	if in.text("ExclusiveStartShardId") == "" {
		shards = append(shards, map[string]any{
			"ShardId": shardID, "SequenceNumberRange": map[string]string{"StartingSequenceNumber": firstSequenceNumber},
		})
	}
	description := map[string]any{
		"StreamArn": s.LatestStreamArn, "StreamLabel": s.LatestStreamLabel, "StreamStatus": "DISABLED", "TableName": s.TableName,
		"KeySchema": s.KeySchema, "CreationRequestDateTime": s.CreationDateTime, "Shards": shards,
	}
	if s.StreamSpecification.StreamEnabled {
		description["StreamStatus"], description["StreamViewType"] = "ENABLED", s.StreamSpecification.StreamViewType
	}
	return map[string]any{"StreamDescription": description}, nil
}

func (d *dynamoDB) getShardIterator(ctx context.Context, in dynamoDBRequest, region string) (any, error) {
	s, err := d.stream(ctx, in.text("StreamArn"), region)
	if err != nil {
		return nil, err
	}
	if id := in.text("ShardId"); id != shardID {
		return nil, streamsError("ResourceNotFoundException", "Requested resource not found: Shard: %s in Stream: %s not found", id, s.LatestStreamArn)
	}
	i := shardIterator{stream: s.LatestStreamArn, expires: time.Now().Add(iteratorLife)}
	kind, number := in.text("ShardIteratorType"), in.text("SequenceNumber")
	switch kind {
	case "TRIM_HORIZON":
	case "LATEST":
		if i.after, err = d.streamsEnd(ctx, region); err != nil {
			return nil, err
		}
	case "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER":
		n, ok := new(big.Int).SetString(number, 10)
		if !ok || len(number) != len(firstSequenceNumber) {
			return nil, streamsError("ValidationException", "Invalid SequenceNumber %q for the ShardIteratorType %s", number, kind)
		}
		if kind == "AT_SEQUENCE_NUMBER" {
			n.Sub(n, big.NewInt(1))
		}
		if i.after = n.String(); len(i.after) < len(firstSequenceNumber) {
			i.after = ""
		}
	default:
		return nil, streamsError("ValidationException", "1 validation error detected: Value '%s' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, TRIM_HORIZON]", kind)
	}
	return map[string]string{"ShardIterator": i.String()}, nil
}

func (d *dynamoDB) getRecords(ctx context.Context, in dynamoDBRequest, limit int, region string) (any, error) {
	i, ok := parseShardIterator(in.text("ShardIterator"))
	if !ok {
		return nil, streamsError("ValidationException", "Invalid ShardIterator")
	}
	if time.Now().After(i.expires) {
		return nil, streamsError("ExpiredIteratorException", "Iterator expired %v ago: an iterator is valid for %v", time.Since(i.expires).Round(time.Second), iteratorLife)
	}
	s, err := d.stream(ctx, i.stream, region)
	if err != nil {
		return nil, err
	}
	records, err := d.readStream(ctx, Table{Name: s.TableName, StreamARN: i.stream, Region: region, Resource: s.TableName}, i.after, limit, false)
	if err != nil {
		return nil, err
	}
	list := make([]map[string]json.RawMessage, len(records))
	for n, r := range records {
		if list[n], err = r.ofStreams(); err != nil {
			return nil, err
		}
		i.after = r.SequenceNumber
	}
	i.expires = time.Now().Add(iteratorLife)
	return map[string]any{"Records": list, "NextShardIterator": i.String()}, nil
}

// ofStreams is the record as the Streams API has it: Lambda's event adds where it
// comes from, and writes an identity with small letters.
func (r StreamRecord) ofStreams() (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(r.JSON, &fields); err != nil {
		return nil, fmt.Errorf("read the stream record %s: %w", r.SequenceNumber, err)
	}
	delete(fields, "eventSourceARN")
	if identity := fields["userIdentity"]; identity != nil {
		var by struct{ Type, PrincipalID string }
		if err := json.Unmarshal(identity, &by); err != nil {
			return nil, fmt.Errorf("read the stream record %s: %w", r.SequenceNumber, err)
		}
		fields["userIdentity"] = encoded(map[string]string{"Type": by.Type, "PrincipalId": by.PrincipalID})
	}
	return fields, nil
}
