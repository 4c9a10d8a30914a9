package aws

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// dynamoDBRequest is the body of a request, as far as the endpoint looks into
// it. Its fields are the top-level ones, whose names DynamoDB takes by case.
type dynamoDBRequest struct {
	body   []byte
	fields map[string]json.RawMessage
}

func parseDynamoDB(body []byte) (dynamoDBRequest, error) {
	in := dynamoDBRequest{body: body}
	if len(body) == 0 {
		return in, nil
	}
	if err := json.Unmarshal(body, &in.fields); err != nil {
		return in, fmt.Errorf("the request is not a JSON object: %w", err)
	}
	return in, nil
}

// text is a field that is a string, or empty.
func (in dynamoDBRequest) text(name string) string {
	var text string
	_ = json.Unmarshal(in.fields[name], &text) // DynamoDB refuses what is no string
	return text
}

// transactItems are the operations of a transaction, each by its kind, such as
// Put.
func (in dynamoDBRequest) transactItems() []map[string]dynamoDBRequest {
	var items []map[string]map[string]json.RawMessage
	_ = json.Unmarshal(in.fields["TransactItems"], &items) // as above
	operations := make([]map[string]dynamoDBRequest, len(items))
	for i, item := range items {
		operations[i] = map[string]dynamoDBRequest{}
		for kind, fields := range item {
			operations[i][kind] = dynamoDBRequest{fields: fields}
		}
	}
	return operations
}

// tableName is the name in a table's ARN, or the name itself.
func tableName(nameOrARN string) string {
	if _, path, ok := strings.Cut(nameOrARN, ":table/"); ok && strings.HasPrefix(nameOrARN, "arn:") {
		name, _, _ := strings.Cut(path, "/")
		return name
	}
	return nameOrARN
}

// beyondDynalite names a part of a request to which dynalite agrees without
// doing it; empty where there is none.
func (in dynamoDBRequest) beyondDynalite() string {
	var updates []struct{ Create, Delete json.RawMessage }
	_ = json.Unmarshal(in.fields["GlobalSecondaryIndexUpdates"], &updates) // as above
	for _, u := range updates {
		if u.Create != nil || u.Delete != nil {
			return "GlobalSecondaryIndexUpdates"
		}
	}
	for _, name := range []string{"DeletionProtectionEnabled", "GlobalTableWitnessUpdates", "MultiRegionConsistency", "ReplicaUpdates", "ResourcePolicy"} {
		if value := string(in.fields[name]); value != "" && value != "null" && value != "false" {
			return name
		}
	}
	return ""
}

// withNames is the body with table names in place of ARNs, which dynalite does
// not know, and the ARNs by the names that replaced them in a batch.
func (in dynamoDBRequest) withNames() (body []byte, renamed map[string]string) {
	if !bytes.Contains(in.body, []byte(":table/")) {
		return in.body, nil
	}
	fields := make(map[string]json.RawMessage, len(in.fields))
	for name, value := range in.fields {
		switch name {
		case "TableName":
			value = encoded(tableName(in.text(name)))
		case "RequestItems":
			var items map[string]json.RawMessage
			if json.Unmarshal(value, &items) != nil {
				break
			}
			renamed = map[string]string{}
			named := map[string]json.RawMessage{}
			for table, item := range items {
				if name := tableName(table); name != table {
					renamed[name] = table
				}
				named[tableName(table)] = item
			}
			value = encoded(named)
		case "TransactItems":
			value = in.transactItemsWithNames()
		}
		fields[name] = value
	}
	return encoded(fields), renamed
}

func (in dynamoDBRequest) transactItemsWithNames() json.RawMessage {
	operations := in.transactItems()
	if len(operations) == 0 {
		return in.fields["TransactItems"] // none, or of a form that is refused
	}
	items := make([]map[string]any, len(operations))
	for i, item := range operations {
		items[i] = map[string]any{}
		for kind, operation := range item {
			if name := operation.text("TableName"); name != "" {
				operation.fields["TableName"] = encoded(tableName(name))
			}
			items[i][kind] = operation.fields
		}
	}
	return encoded(items)
}

// withOriginalNames puts the ARNs by which a batch named its tables back into
// the answer.
func withOriginalNames(body []byte, renamed map[string]string) []byte {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return body
	}
	for _, field := range []string{"Responses", "UnprocessedKeys", "UnprocessedItems"} {
		var tables map[string]json.RawMessage
		if json.Unmarshal(fields[field], &tables) != nil {
			continue
		}
		for name, arn := range renamed {
			if value, ok := tables[name]; ok {
				delete(tables, name)
				tables[arn] = value
			}
		}
		fields[field] = encoded(tables)
	}
	return encoded(fields)
}

// encoded is the JSON of strings and of JSON itself, which always have one.
func encoded(v any) []byte {
	data, _ := json.Marshal(v)
	return data
}
