package aws

import (
	"encoding/json"
	"regexp"
	"strings"
)

// need is a permission that a request needs, before names are resolved.
type need struct {
	action string
	table  string // a name or an ARN; * for every table
	index  string
	stream bool // it is about the table's stream
}

// dynamoDBPermissions says what an operation of DynamoDB or of its streams needs
// (Service Authorization Reference: "Actions, resources, and condition keys for
// Amazon DynamoDB"). It is false for an operation of which that is not known.
func dynamoDBPermissions(operation string, in dynamoDBRequest) ([]need, bool) {
	action := "dynamodb:" + operation
	switch operation {
	case "ListTables", "DescribeLimits", "DescribeEndpoints", "ListBackups", "ListContributorInsights", "ListExports", "ListImports", "ListStreams":
		return []need{{action: action, table: "*"}}, true
	case "GetItem", "PutItem", "UpdateItem", "DeleteItem", "CreateTable", "DeleteTable", "DescribeTable", "UpdateTable",
		"DescribeTimeToLive", "UpdateTimeToLive", "DescribeContinuousBackups", "UpdateContinuousBackups", "CreateBackup",
		"DescribeKinesisStreamingDestination", "EnableKinesisStreamingDestination", "DisableKinesisStreamingDestination",
		"UpdateKinesisStreamingDestination", "DescribeTableReplicaAutoScaling", "UpdateTableReplicaAutoScaling":
		return on(action, in.text("TableName"), ""), true
	case "Query", "Scan", "DescribeContributorInsights", "UpdateContributorInsights":
		return on(action, in.text("TableName"), in.text("IndexName")), true
	case "TagResource", "UntagResource", "ListTagsOfResource", "GetResourcePolicy", "PutResourcePolicy", "DeleteResourcePolicy":
		return on(action, in.text("ResourceArn"), ""), true
	case "ExportTableToPointInTime":
		return on(action, in.text("TableArn"), ""), true
	case "DescribeStream", "GetShardIterator":
		return onStream(action, in.text("StreamArn"))
	case "GetRecords":
		// An iterator has its stream's ARN in it, between bars (DynamoDB Local's
		// has, and so do those in AWS's documentation).
		_, after, _ := strings.Cut(in.text("ShardIterator"), "arn:")
		arn, _, _ := strings.Cut("arn:"+after, "|")
		return onStream(action, arn)
	case "BatchGetItem", "BatchWriteItem":
		var items map[string]json.RawMessage
		_ = json.Unmarshal(in.fields["RequestItems"], &items) // DynamoDB refuses what is no object
		needs := make([]need, 0, len(items))
		for table := range items {
			needs = append(needs, need{action: action, table: table})
		}
		return needs, true
	case "TransactGetItems", "TransactWriteItems":
		// Each item by the action it would need alone: Get is GetItem,
		// ConditionCheck is ConditionCheckItem.
		var needs []need
		for _, item := range in.transactItems() {
			for kind, operation := range item {
				needs = append(needs, on("dynamodb:"+kind+"Item", operation.text("TableName"), "")...)
			}
		}
		return needs, true
	case "ExecuteStatement", "ExecuteTransaction", "BatchExecuteStatement":
		return onStatements(in.statements())
	}
	return nil, false
}

// on is the need of an operation on one table. Without a table there is none:
// DynamoDB refuses the request.
func on(action, table, index string) []need {
	if table == "" {
		return nil
	}
	return []need{{action: action, table: table, index: index}}
}

func onStream(action, arn string) ([]need, bool) {
	if !strings.Contains(arn, ":table/") || !strings.Contains(arn, "/stream/") {
		return nil, false
	}
	return []need{{action: action, table: arn, stream: true}}, true
}

// statements are those of a PartiQL operation.
func (in dynamoDBRequest) statements() []string {
	var list []string
	if one := in.text("Statement"); one != "" {
		list = append(list, one)
	}
	for _, field := range []string{"Statements", "TransactStatements"} {
		var several []map[string]json.RawMessage       // names count by case
		_ = json.Unmarshal(in.fields[field], &several) // DynamoDB refuses what is none
		for _, fields := range several {
			list = append(list, dynamoDBRequest{fields: fields}.text("Statement"))
		}
	}
	return list
}

// statement is what PartiQL does, and the table and index of it: each statement
// is about one (Developer Guide, "PartiQL statements").
var statement = regexp.MustCompile(`(?is)^\s*(?:exists\s*\(\s*)?(?:(select)\s.*?\sfrom|(insert)\s+into|(update)|(delete)\s+from)\s+"?([a-z0-9_.-]+?)"?(?:\."?([a-z0-9_.-]+)"?)?(?:[\s)]|$)`)

func onStatements(statements []string) (needs []need, known bool) {
	for _, text := range statements {
		parts := statement.FindStringSubmatch(text)
		if parts == nil {
			return nil, false
		}
		for i, kind := range []string{"Select", "Insert", "Update", "Delete"} {
			if parts[i+1] != "" {
				needs = append(needs, on("dynamodb:PartiQL"+kind, parts[5], parts[6])...)
			}
		}
	}
	return needs, len(statements) > 0
}
