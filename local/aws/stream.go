package aws

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// streamRetention is how long a stream keeps a record ("Change data capture for
// DynamoDB Streams").
const streamRetention = 24 * time.Hour

// StreamRecord is a record of a table's stream.
type StreamRecord struct {
	SequenceNumber string          // decimal; grows within the stream
	Created        time.Time       // approximately, as AWS says
	Key            string          // the item's key, in one form: records of one key are in order
	Shard          string          // the ID of the shard that has it
	JSON           json.RawMessage // the record as in Lambda's DynamoDB event, with eventSourceARN and awsRegion
}

// StreamRecords returns the oldest records of a stream that come after a
// sequence number, as many as wanted or fewer; after "" are all that are kept.
// It waits until there is one, or until the context ends: then there is none,
// and no error. After an error, such as that dynalite has ended and is started
// again, it may be asked once more. Nobody's permissions are asked.
func (e *Endpoint) StreamRecords(ctx context.Context, streamARN, after string, most int) ([]StreamRecord, error) {
	t, err := e.streamed(streamARN)
	if err != nil {
		return nil, err
	}
	var records []StreamRecord
	if e.dynamoDB.other {
		records, err = otherStream{e.dynamoDB, t}.after(ctx, after, most)
	} else {
		records, err = e.dynamoDB.readStream(ctx, t, after, most, true)
	}
	if ctx.Err() != nil {
		return nil, nil //nolint:nilerr // the wait ended, which is no failure
	}
	return records, err
}

// StreamEnd returns the sequence number after which a stream's records are
// those that are written from now on.
func (e *Endpoint) StreamEnd(ctx context.Context, streamARN string) (after string, err error) {
	t, err := e.streamed(streamARN)
	if err != nil {
		return "", err
	}
	if e.dynamoDB.other {
		return otherStream{e.dynamoDB, t}.end(ctx)
	}
	return e.dynamoDB.streamsEnd(ctx, t.Region)
}

// streamsEnd is the number of the newest record of all streams in dynalite.
func (d *dynamoDB) streamsEnd(ctx context.Context, region string) (string, error) {
	var out struct{ SequenceNumber string }
	err := d.call(ctx, "EndOfStreams", region, struct{}{}, &out)
	return out.SequenceNumber, err
}

// streamed returns the table of a stream.
func (e *Endpoint) streamed(streamARN string) (Table, error) {
	for _, t := range e.config().Tables {
		if t.StreamARN == streamARN && t.StreamViewType == "" {
			return t, fmt.Errorf("%s has no stream: give it a StreamSpecification", t.Resource)
		}
		if t.StreamARN == streamARN {
			return t, nil
		}
	}
	return Table{}, fmt.Errorf("no table of the templates has the stream %s", streamARN)
}

// readStream reads a stream in dynalite (dynalite_streams.js).
func (d *dynamoDB) readStream(ctx context.Context, t Table, after string, most int, wait bool) ([]StreamRecord, error) {
	in := map[string]any{
		"TableName": t.Name, "After": after, "Limit": most, "Wait": wait,
		"Source": map[string]string{"eventSourceARN": t.StreamARN, "awsRegion": t.Region},
	}
	var out struct {
		Records []struct {
			SequenceNumber string
			Created        int64 // in milliseconds
			Key            string
			Record         json.RawMessage
		}
	}
	if err := d.call(ctx, "ReadStream", t.Region, in, &out); err != nil {
		return nil, fmt.Errorf("%s: read the stream of the table %s: %w", t.Resource, t.Name, err)
	}
	records := make([]StreamRecord, len(out.Records))
	for i, r := range out.Records {
		records[i] = StreamRecord{SequenceNumber: r.SequenceNumber, Created: time.UnixMilli(r.Created), Key: r.Key, Shard: shardID, JSON: r.Record}
	}
	return records, nil
}

// trimStreams ends the records that are too old.
func (d *dynamoDB) trimStreams(ctx context.Context, now time.Time) error {
	in := map[string]int64{"Before": now.Add(-streamRetention).UnixMilli()}
	return d.call(ctx, "TrimStreams", "us-east-1", in, nil)
}
