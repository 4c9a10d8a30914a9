package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// AWS deletes an expired item within a few days, and until then reads return
// it ("Using time to live (TTL) in DynamoDB"). So it is not hidden here either,
// and is deleted by a sweep.
const (
	// expiryPause is the time between two sweeps: long enough for a handler to
	// meet an expired item, which it must expect at AWS.
	expiryPause = 15 * time.Second

	// expiryPast is how long ago an item may have expired. AWS leaves older ones
	// alone, for their times are most likely none.
	expiryPast = 5 * 365 * 24 * time.Hour
)

// expire sweeps the tables that have a time to live, and trims the streams,
// until the context ends. Another DynamoDB has its own (see letExpire).
func (d *dynamoDB) expire(ctx context.Context) {
	said := ""
	complain := func(what string, err error) {
		if err != nil && ctx.Err() == nil && err.Error() != said {
			said = err.Error()
			d.endpoint.log.Printf("dynamodb: %s: %s", what, said)
		}
	}
	for {
		complain("the streams' records of more than a day ago", d.trimStreams(ctx, time.Now()))
		for _, t := range d.endpoint.config().Tables {
			if t.ExpiryAttribute == "" {
				continue
			}
			deleted, err := d.sweep(ctx, t, time.Now())
			if deleted > 0 {
				d.endpoint.log.Printf("dynamodb: time to live: deleted %d of the items of %s whose %s is past", deleted, t.Name, t.ExpiryAttribute)
			}
			complain("time to live of "+t.Name, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(expiryPause):
		}
	}
}

// sweep deletes the items of a table that have expired, and says how many it
// did. A time is a number of seconds since 1970; an attribute of any other
// type is none.
func (d *dynamoDB) sweep(ctx context.Context, t Table, now time.Time) (deleted int, err error) {
	const expired = "attribute_type(#expiry, :number) AND #expiry < :now AND #expiry > :past"
	number := func(n int64) map[string]string { return map[string]string{"N": strconv.FormatInt(n, 10)} }
	expiry := map[string]string{"#expiry": t.ExpiryAttribute}
	values := map[string]any{":number": map[string]string{"S": "N"}, ":now": number(now.Unix()), ":past": number(now.Add(-expiryPast).Unix())}
	names := map[string]string{"#expiry": t.ExpiryAttribute}
	var key []string
	for i, element := range t.KeySchema {
		name := "#key" + strconv.Itoa(i)
		names[name], key = element.AttributeName, append(key, name)
	}
	var last json.RawMessage
	for {
		scan := map[string]any{
			"TableName": t.Name, "FilterExpression": expired, "ProjectionExpression": strings.Join(key, ", "),
			"ExpressionAttributeNames": names, "ExpressionAttributeValues": values,
		}
		if last != nil {
			scan["ExclusiveStartKey"] = last
		}
		var page struct {
			Items            []json.RawMessage
			LastEvaluatedKey json.RawMessage
		}
		if err := d.call(ctx, "Scan", t.Region, scan, &page); err != nil {
			return deleted, err
		}
		for _, item := range page.Items {
			// On condition, for its time may have been put off since. It is
			// dynalite_streams.js's DeleteItem, whose records say who it was.
			err := d.call(ctx, "ExpireItem", t.Region, map[string]any{
				"TableName": t.Name, "Key": item, "ConditionExpression": expired,
				"ExpressionAttributeNames": expiry, "ExpressionAttributeValues": values,
			}, nil)
			if refused, ok := errors.AsType[callError](err); ok && strings.HasSuffix(refused.Code, "#ConditionalCheckFailedException") {
				continue
			}
			if err != nil {
				return deleted, err
			}
			deleted++
		}
		if last = page.LastEvaluatedKey; last == nil {
			return deleted, nil
		}
	}
}

// describeTimeToLive answers from the templates: dynalite has no time to live,
// and says that none is configured.
func describeTimeToLive(w http.ResponseWriter, t Table) {
	description := map[string]string{"TimeToLiveStatus": "DISABLED"}
	if t.ExpiryAttribute != "" {
		description = map[string]string{"TimeToLiveStatus": "ENABLED", "AttributeName": t.ExpiryAttribute}
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	write(w, http.StatusOK, encoded(map[string]any{"TimeToLiveDescription": description}))
}

// updateTimeToLive refuses the change of what the template says, which the
// next deployment would undo. What is so already is refused by DynamoDB too.
func updateTimeToLive(w http.ResponseWriter, t Table, in dynamoDBRequest) {
	var wanted struct {
		AttributeName string
		Enabled       bool
	}
	_ = json.Unmarshal(in.fields["TimeToLiveSpecification"], &wanted) // what is no object wants nothing
	message := fmt.Sprintf("local mode takes the time to live of a table from its template: change TimeToLiveSpecification of %s", t.Resource)
	switch {
	case wanted.Enabled && wanted.AttributeName == t.ExpiryAttribute:
		message = "TimeToLive is already enabled"
	case !wanted.Enabled && t.ExpiryAttribute == "":
		message = "TimeToLive is already disabled"
	}
	jsonFailure(w, http.StatusBadRequest, "com.amazon.coral.validate#ValidationException", message)
}
