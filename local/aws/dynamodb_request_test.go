package aws

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPermissionsOfOperations(t *testing.T) {
	for _, c := range []struct {
		operation, body string
		want            []need
		known           bool
	}{
		{"GetItem", `{"TableName":"t"}`, []need{{action: "dynamodb:GetItem", table: "t"}}, true},
		{"Query", `{"TableName":"t","IndexName":"i"}`, []need{{action: "dynamodb:Query", table: "t", index: "i"}}, true},
		{"Scan", `{"TableName":"t"}`, []need{{action: "dynamodb:Scan", table: "t"}}, true},
		{"ListTables", `{}`, []need{{action: "dynamodb:ListTables", table: "*"}}, true},
		{"TagResource", `{"ResourceArn":"` + cartsARN + `"}`, []need{{action: "dynamodb:TagResource", table: cartsARN}}, true},
		{"BatchWriteItem", `{"RequestItems":{"t":[]}}`, []need{{action: "dynamodb:BatchWriteItem", table: "t"}}, true},
		{"TransactGetItems", `{"TransactItems":[{"Get":{"TableName":"t"}}]}`, []need{{action: "dynamodb:GetItem", table: "t"}}, true},
		{
			"TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"t"}},{"ConditionCheck":{"TableName":"u"}}]}`,
			[]need{{action: "dynamodb:PutItem", table: "t"}, {action: "dynamodb:ConditionCheckItem", table: "u"}},
			true,
		},
		{"TransactWriteItems", `{"TransactItems":[{"Put":{"TableName":"secret","tablename":"t"}}]}`, []need{{action: "dynamodb:PutItem", table: "secret"}}, true},
		{"TransactWriteItems", `{"TransactItems":[5,{"Put":{"TableName":"secret"},"Odd":5}]}`, []need{{action: "dynamodb:PutItem", table: "secret"}}, true},
		{"PutItem", `{}`, nil, true},
		{"PutItem", `{"tablename":"t"}`, nil, true},
		{"PutItem", `{"TableName":"secret","tablename":"t"}`, []need{{action: "dynamodb:PutItem", table: "secret"}}, true},
		{"ExecuteStatement", `{}`, nil, false},
		{"ExecuteStatement", `{"Statement":"SELECT * FROM \"t\".\"i\" WHERE a = 1"}`, []need{{action: "dynamodb:PartiQLSelect", table: "t", index: "i"}}, true},
		{"ExecuteStatement", `{"Statement":"select a, \"from\" from t-1"}`, []need{{action: "dynamodb:PartiQLSelect", table: "t-1"}}, true},
		{"ExecuteStatement", `{"Statement":"insert into \"t\" value {'id':'1'}"}`, []need{{action: "dynamodb:PartiQLInsert", table: "t"}}, true},
		{"ExecuteStatement", `{"Statement":"\n UPDATE t\nSET a=1"}`, []need{{action: "dynamodb:PartiQLUpdate", table: "t"}}, true},
		{"ExecuteStatement", `{"Statement":"DELETE FROM t","statement":"SELECT a FROM u"}`, []need{{action: "dynamodb:PartiQLDelete", table: "t"}}, true},
		{"ExecuteStatement", `{"Statement":"DROP t"}`, nil, false},
		{
			"ExecuteTransaction", `{"TransactStatements":[{"Statement":"EXISTS(SELECT * FROM t WHERE a=1)"},{"Statement":"DELETE FROM u WHERE a=1","statement":"x"}]}`,
			[]need{{action: "dynamodb:PartiQLSelect", table: "t"}, {action: "dynamodb:PartiQLDelete", table: "u"}},
			true,
		},
		{"BatchExecuteStatement", `{"Statements":[{"Statement":"SELECT a FROM t"},{"Statement":"what"}]}`, nil, false},
		{"ListStreams", `{}`, []need{{action: "dynamodb:ListStreams", table: "*"}}, true},
		{"GetShardIterator", `{"StreamArn":"` + cartsARN + `/stream/x"}`, []need{{action: "dynamodb:GetShardIterator", table: cartsARN + "/stream/x", stream: true}}, true},
		{"GetRecords", `{"ShardIterator":"000|1|` + cartsARN + `/stream/x|abc"}`, []need{{action: "dynamodb:GetRecords", table: cartsARN + "/stream/x", stream: true}}, true},
		{"GetRecords", `{"ShardIterator":"abc"}`, nil, false},
	} {
		in, err := parseDynamoDB([]byte(c.body))
		if err != nil {
			t.Fatal(err)
		}
		got, known := dynamoDBPermissions(c.operation, in)
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(need{})); diff != "" || known != c.known {
			t.Errorf("%s %s: known %v, %s", c.operation, c.body, known, diff)
		}
	}
}

// Whatever the body, every table in it that DynamoDB would touch is asked for
// by the name that is sent on.
func FuzzNamesThatAreJudgedAreThoseThatAreSent(f *testing.F) {
	f.Add(`{"TableName":"arn:aws:dynamodb:eu-west-1:1:table/a/index/b"}`, "GetItem")
	f.Add(`{"TableName":"a","TableName":"b","tablename":"c"}`, "Query")
	f.Add(`{"TransactItems":[{"Get":{"TableName":"arn:aws:dynamodb:::table/x"}},{"Get":{"TableName":"y","tableName":"z"}},null]}`, "TransactGetItems")
	f.Add(`{"RequestItems":{"arn:aws:dynamodb:::table/x":{},"y":{}}}`, "BatchGetItem")
	f.Fuzz(func(t *testing.T, body, operation string) {
		in, err := parseDynamoDB([]byte(body))
		if err != nil {
			return
		}
		sent, _ := in.withNames()
		out, err := parseDynamoDB(sent)
		if err != nil {
			t.Fatalf("%s became %s: %v", body, sent, err)
		}
		before, _ := dynamoDBPermissions(operation, in)
		after, _ := dynamoDBPermissions(operation, out)
		judged := map[string]bool{}
		for _, n := range before {
			judged[tableName(n.table)] = true
		}
		for _, n := range after {
			if !judged[tableName(n.table)] {
				t.Errorf("%s became %s, which is about %q: that was not judged", body, sent, n.table)
			}
		}
	})
}
