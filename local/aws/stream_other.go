package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// streamPause is the time between two looks at another DynamoDB's stream: those
// of Lambda are four a second ("Using AWS Lambda with Amazon DynamoDB").
const streamPause = 250 * time.Millisecond

// otherStream is a table's stream in another DynamoDB, read by its Streams API.
// It is read for as long as one shard has records, which keeps the order where
// shards follow one another, as DynamoDB Local's do.
type otherStream struct {
	db    *dynamoDB
	table Table
}

// shard is a part of a stream, as in the Streams API.
type shard struct {
	ShardID             string `json:"ShardId"`
	SequenceNumberRange struct{ StartingSequenceNumber, EndingSequenceNumber string }
}

// after waits until there are records after a sequence number.
func (s otherStream) after(ctx context.Context, after string, most int) ([]StreamRecord, error) {
	for {
		records, err := s.read(ctx, after, most)
		if err != nil || len(records) > 0 {
			return records, err
		}
		select {
		case <-ctx.Done():
			return nil, nil
		case <-time.After(streamPause):
		}
	}
}

// end is the number of the newest record, or empty where there is none.
func (s otherStream) end(ctx context.Context) (string, error) {
	after := ""
	for {
		records, err := s.read(ctx, after, maxRecords)
		if err != nil || len(records) == 0 {
			return after, err
		}
		after = records[len(records)-1].SequenceNumber
	}
}

// read gives what the first shard has that has records after the number.
func (s otherStream) read(ctx context.Context, after string, most int) ([]StreamRecord, error) {
	arn, shards, err := s.shards(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: read the stream of the table %s: %w", s.table.Resource, s.table.Name, err)
	}
	for _, shard := range shards {
		if last := shard.SequenceNumberRange.EndingSequenceNumber; last != "" && !above(last, after) {
			continue
		}
		records, err := s.readShard(ctx, arn, shard, after, min(most, maxRecords))
		if err != nil || len(records) > 0 {
			return records, err
		}
	}
	return nil, nil
}

// above says whether a sequence number comes after another, which may be empty.
func above(number, other string) bool {
	n, _ := new(big.Int).SetString(number, 10)
	o, ok := new(big.Int).SetString(other, 10)
	return !ok || n != nil && n.Cmp(o) > 0
}

// shards gives the ARN that the other has for the stream, and its shards.
func (s otherStream) shards(ctx context.Context) (arn string, shards []shard, err error) {
	there, err := s.db.describe(ctx, s.table)
	if err != nil {
		return "", nil, err
	}
	if there == nil || there.LatestStreamArn == "" {
		return "", nil, errors.New("the other DynamoDB has no stream of it")
	}
	in := map[string]string{"StreamArn": there.LatestStreamArn}
	for {
		var out struct {
			StreamDescription struct {
				Shards               []shard
				LastEvaluatedShardID string `json:"LastEvaluatedShardId"`
			}
		}
		if err := s.call(ctx, "DescribeStream", in, &out); err != nil {
			return "", nil, err
		}
		shards = append(shards, out.StreamDescription.Shards...)
		if out.StreamDescription.LastEvaluatedShardID == "" {
			return there.LatestStreamArn, shards, nil
		}
		in["ExclusiveStartShardId"] = out.StreamDescription.LastEvaluatedShardID
	}
}

// readShard follows a shard until there are records, or until its end.
func (s otherStream) readShard(ctx context.Context, arn string, shard shard, after string, most int) ([]StreamRecord, error) {
	in := map[string]string{"StreamArn": arn, "ShardId": shard.ShardID, "ShardIteratorType": "TRIM_HORIZON"}
	if after != "" && !above(shard.SequenceNumberRange.StartingSequenceNumber, after) {
		in["ShardIteratorType"], in["SequenceNumber"] = "AFTER_SEQUENCE_NUMBER", after
	}
	var from struct{ ShardIterator string }
	err := s.call(ctx, "GetShardIterator", in, &from)
	if refused, ok := errors.AsType[callError](err); ok && strings.HasSuffix(refused.Code, "#TrimmedDataAccessException") {
		err = s.call(ctx, "GetShardIterator", map[string]string{"StreamArn": arn, "ShardId": shard.ShardID, "ShardIteratorType": "TRIM_HORIZON"}, &from)
	}
	if err != nil {
		return nil, err
	}
	var out struct {
		Records           []map[string]json.RawMessage
		NextShardIterator string
	}
	for next := from.ShardIterator; next != ""; next = out.NextShardIterator {
		out.NextShardIterator = ""
		if err := s.call(ctx, "GetRecords", map[string]any{"ShardIterator": next, "Limit": most}, &out); err != nil {
			return nil, err
		}
		if len(out.Records) > 0 || shard.SequenceNumberRange.EndingSequenceNumber == "" {
			break
		}
	}
	records := make([]StreamRecord, len(out.Records))
	for i, fields := range out.Records {
		if records[i], err = s.record(fields); err != nil {
			return nil, err
		}
		records[i].Shard = shard.ShardID
	}
	return records, nil
}

// record is a record of the Streams API as Lambda's event has it.
func (s otherStream) record(fields map[string]json.RawMessage) (StreamRecord, error) {
	var change map[string]json.RawMessage
	var known struct {
		ApproximateCreationDateTime float64 // in seconds
		SequenceNumber              string
		Keys                        map[string]any // whose JSON is sorted
	}
	if err := errors.Join(json.Unmarshal(fields["dynamodb"], &change), json.Unmarshal(fields["dynamodb"], &known)); err != nil {
		return StreamRecord{}, fmt.Errorf("%s: read a stream record: %w", s.table.Resource, err)
	}
	change["ApproximateCreationDateTime"] = encoded(int64(known.ApproximateCreationDateTime))
	fields["dynamodb"] = encoded(change)
	fields["eventSourceARN"], fields["awsRegion"] = encoded(s.table.StreamARN), encoded(s.table.Region)
	if identity := fields["userIdentity"]; identity != nil {
		var by struct{ Type, PrincipalID string }
		if err := json.Unmarshal(identity, &by); err != nil {
			return StreamRecord{}, fmt.Errorf("%s: read a stream record: %w", s.table.Resource, err)
		}
		fields["userIdentity"] = encoded(map[string]string{"type": by.Type, "principalId": by.PrincipalID})
	}
	return StreamRecord{
		SequenceNumber: known.SequenceNumber, Created: time.Unix(int64(known.ApproximateCreationDateTime), 0),
		Key: string(encoded(known.Keys)), JSON: encoded(fields),
	}, nil
}

// call makes a request of the Streams API.
func (s otherStream) call(ctx context.Context, operation string, in, out any) error {
	return s.db.callTarget(ctx, streamsTarget+operation, s.table.Region, in, out)
}
