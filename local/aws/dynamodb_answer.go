package aws

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// describesTables says whether an operation's answer has ARNs of tables.
func describesTables(operation string) bool {
	return slices.Contains([]string{"CreateTable", "DeleteTable", "DescribeTable", "UpdateTable"}, operation)
}

// tableARN is a table's ARN as dynalite makes it, in one region and account
// for all, or has it in its data from before.
var tableARN = regexp.MustCompile(`arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:[0-9]+:table/([A-Za-z0-9_.-]+)`)

// withARNs puts the ARNs of the templates into an answer.
func (d *dynamoDB) withARNs(body []byte) []byte {
	return tableARN.ReplaceAllFunc(body, func(arn []byte) []byte {
		if t := d.find(string(arn)); t.ARN != "" {
			return []byte(t.ARN)
		}
		return arn
	})
}

// wantsFailedItem says whether the request asks for the item that fails its
// condition, which dynalite does not give.
func (in dynamoDBRequest) wantsFailedItem() bool {
	return in.text("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
}

// withFailedItem adds to a ConditionalCheckFailedException the item as it is
// now. Where another request has changed it since, that is not the item that
// failed; a caller that tries again with it meets the same condition.
func (d *dynamoDB) withFailedItem(ctx context.Context, in dynamoDBRequest, region string, body []byte) []byte {
	var failure map[string]json.RawMessage
	var code string
	if json.Unmarshal(body, &failure) != nil || json.Unmarshal(failure["__type"], &code) != nil ||
		!strings.HasSuffix(code, "#ConditionalCheckFailedException") {
		return body
	}
	key := in.fields["Key"]
	if key == nil { // PutItem
		key = d.keyOf(in)
	}
	request := map[string]any{"TableName": tableName(in.text("TableName")), "Key": key, "ConsistentRead": true}
	var out struct{ Item json.RawMessage }
	if err := d.call(ctx, "GetItem", region, request, &out); err != nil {
		d.endpoint.log.Printf("ReturnValuesOnConditionCheckFailure: %v", err)
		return body
	}
	if out.Item != nil {
		failure["Item"] = out.Item
	}
	return encoded(failure)
}

// keyOf is the key of the item that a PutItem writes.
func (d *dynamoDB) keyOf(in dynamoDBRequest) json.RawMessage {
	var item map[string]json.RawMessage
	_ = json.Unmarshal(in.fields["Item"], &item) // it has been written, or DynamoDB had refused it
	key := map[string]json.RawMessage{}
	for _, element := range d.find(in.text("TableName")).KeySchema {
		key[element.AttributeName] = item[element.AttributeName]
	}
	return encoded(key)
}
