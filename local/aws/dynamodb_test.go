package aws

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

const cartsARN = "arn:aws:dynamodb:" + region + ":" + account + ":table/" + carts

func text(value string) types.AttributeValue { return &types.AttributeValueMemberS{Value: value} }

func item(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"id": text(id), "owner": text("ann")}
}

func putItem(t testing.TB, c *dynamodb.Client, table, id string) {
	t.Helper()
	if _, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: item(id)}); err != nil {
		t.Fatal(err)
	}
}

// failure is the code and message with which AWS refused.
func failure(err error) (code, message string) {
	if refused, ok := errors.AsType[smithy.APIError](err); ok {
		return refused.ErrorCode(), refused.ErrorMessage()
	}
	return "", ""
}

func refused(t testing.TB, what string, err error, code string, parts ...string) {
	t.Helper()
	got, message := failure(err)
	if got != code {
		t.Errorf("%s: %v, want %s", what, err, code)
		return
	}
	contains(t, what, message, parts...)
}

func TestAFunctionDoesWithDynamoDBWhatItsRoleMay(t *testing.T) {
	config, _ := read(t, shop)
	logs := &journal{}
	e := start(t, config, t.TempDir(), logs)
	c, ctx, table := dynamoDBClient(e, cartRole), t.Context(), sdk.String(carts)

	putItem(t, c, carts, "1")
	got, err := c.GetItem(ctx, &dynamodb.GetItemInput{TableName: table, Key: map[string]types.AttributeValue{"id": text("1")}})
	if err != nil || len(got.Item) != 2 {
		t.Errorf("GetItem: %v, %v", got, err)
	}

	who := "User: arn:aws:sts::" + account + ":assumed-role/shop-CartRole/shop-CartFunction is not authorized to perform: "
	_, err = c.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: table, Key: map[string]types.AttributeValue{"id": text("1")}})
	refused(t, "DeleteItem", err, "AccessDeniedException",
		who+"dynamodb:DeleteItem on resource: "+cartsARN+" because no identity-based policy allows the dynamodb:DeleteItem action")
	contains(t, "the log", logs.String(), "shop/Cart/ServiceRole", "dynamodb:DeleteItem", cartsARN)

	_, err = c.Query(ctx, &dynamodb.QueryInput{
		TableName: table, IndexName: sdk.String("by-owner"), KeyConditionExpression: sdk.String("#o = :o"),
		ExpressionAttributeNames: map[string]string{"#o": "owner"}, ExpressionAttributeValues: map[string]types.AttributeValue{":o": text("ann")},
	})
	refused(t, "Query on an index", err, "AccessDeniedException", "dynamodb:Query on resource: "+cartsARN+"/index/by-owner ")

	_, err = c.ListTables(ctx, &dynamodb.ListTablesInput{})
	refused(t, "ListTables", err, "AccessDeniedException", "dynamodb:ListTables on resource: * ")
	_, err = dynamoDBClient(e, searchRole).GetItem(ctx, &dynamodb.GetItemInput{TableName: table, Key: map[string]types.AttributeValue{"id": text("1")}})
	refused(t, "GetItem by another function", err, "AccessDeniedException", "dynamodb:GetItem")
}

func TestRootMayDoEverythingThatThereIs(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	c, ctx := dynamoDBClient(e, ""), t.Context()
	putItem(t, c, carts, "1")
	found, err := c.Query(ctx, &dynamodb.QueryInput{
		TableName: sdk.String(carts), IndexName: sdk.String("by-owner"), KeyConditionExpression: sdk.String("#o = :o"),
		ExpressionAttributeNames: map[string]string{"#o": "owner"}, ExpressionAttributeValues: map[string]types.AttributeValue{":o": text("ann")},
	})
	if err != nil || found.Count != 1 {
		t.Errorf("Query: %v, %v: want one item", found, err)
	}
	tables, err := c.ListTables(ctx, &dynamodb.ListTablesInput{})
	if err != nil || !cmp.Equal(tables.TableNames, []string{carts}) {
		t.Errorf("ListTables: %v, %v", tables, err)
	}
	expiry, err := c.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: sdk.String(carts)})
	if err != nil || sdk.ToString(expiry.TimeToLiveDescription.AttributeName) != "expires" {
		t.Errorf("DescribeTimeToLive: %v, %v: want the template's attribute", expiry, err)
	}
}

func TestTablesAreKnownByTheirARNsToo(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	c, ctx := dynamoDBClient(e, cartRole), t.Context()
	putItem(t, c, cartsARN, "1")
	batch, err := c.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
		cartsARN: {Keys: []map[string]types.AttributeValue{{"id": text("1")}}},
	}})
	if err != nil || len(batch.Responses[cartsARN]) != 1 {
		t.Errorf("BatchGetItem: %v, %v: want an item under the ARN", batch, err)
	}
	described, err := dynamoDBClient(e, "").DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: sdk.String(cartsARN)})
	if err != nil || sdk.ToString(described.Table.TableArn) != cartsARN || sdk.ToString(described.Table.GlobalSecondaryIndexes[0].IndexArn) != cartsARN+"/index/by-owner" {
		t.Errorf("DescribeTable: %v, %v: want the templates' ARNs", described, err)
	}
}

// dynalite keeps the ARNs that it made when it made the table.
func TestARNsAreThoseOfTheTemplateOfToday(t *testing.T) {
	config, _ := read(t, shop)
	data := t.TempDir()
	stop(t, start(t, config, data, nil))
	moved := "arn:aws:dynamodb:" + region + ":999999999999:table/" + carts
	config.Tables[0].ARN = moved
	e := start(t, config, data, nil)
	described, err := dynamoDBClient(e, "").DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: sdk.String(carts)})
	if err != nil || sdk.ToString(described.Table.TableArn) != moved || sdk.ToString(described.Table.GlobalSecondaryIndexes[0].IndexArn) != moved+"/index/by-owner" {
		t.Errorf("DescribeTable: %v, %v: want ARNs below %s", described, err, moved)
	}
}

// A regression here would hand a caller the key space of another region.
func TestTablesAreInTheirRegion(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	elsewhere := clientConfig(e, cartRole)
	elsewhere.Region = "us-east-1"
	_, err := dynamodb.NewFromConfig(elsewhere).GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: sdk.String(carts), Key: map[string]types.AttributeValue{"id": text("1")},
	})
	refused(t, "GetItem from another region", err, "ResourceNotFoundException", "it is in eu-west-1")
}

func TestAFailedConditionGivesTheItemThatIsAskedFor(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	c := dynamoDBClient(e, cartRole)
	putItem(t, c, carts, "1")
	condition := sdk.String("attribute_not_exists(id)")
	key := map[string]types.AttributeValue{"id": text("1")}

	_, putErr := c.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: sdk.String(carts), Item: item("1"), ConditionExpression: condition,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	_, updateErr := c.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: sdk.String(carts), Key: key, ConditionExpression: condition, UpdateExpression: sdk.String("REMOVE x"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	for what, err := range map[string]error{"PutItem": putErr, "UpdateItem": updateErr} {
		var failed *types.ConditionalCheckFailedException
		if !errors.As(err, &failed) || len(failed.Item) != 2 {
			t.Errorf("%s: %v: want the item, with both attributes", what, err)
		}
	}
	_, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: sdk.String(carts), Item: key, ConditionExpression: condition})
	var failed *types.ConditionalCheckFailedException
	if !errors.As(err, &failed) || failed.Item != nil {
		t.Errorf("without ReturnValuesOnConditionCheckFailure: %v: want no item", err)
	}
}

func TestOperationsThatAreNotThereAreNamed(t *testing.T) {
	config, _ := read(t, shop)
	logs := &journal{}
	e := start(t, config, t.TempDir(), logs)
	c, ctx := dynamoDBClient(e, ""), t.Context()
	_, statement := c.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{Statement: sdk.String("SELECT * FROM x")})
	_, backups := c.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: sdk.String(carts)})
	update := func(in dynamodb.UpdateTableInput) error {
		in.TableName = sdk.String(carts)
		_, err := c.UpdateTable(ctx, &in)
		return err
	}
	for operation, err := range map[string]error{
		"ExecuteStatement":          statement,
		"DescribeContinuousBackups": backups,
		"UpdateTable with GlobalSecondaryIndexUpdates": update(dynamodb.UpdateTableInput{
			GlobalSecondaryIndexUpdates: []types.GlobalSecondaryIndexUpdate{{Delete: &types.DeleteGlobalSecondaryIndexAction{IndexName: sdk.String("by-owner")}}},
		}),
		"UpdateTable with ReplicaUpdates": update(dynamodb.UpdateTableInput{
			ReplicaUpdates: []types.ReplicationGroupUpdate{{Create: &types.CreateReplicationGroupMemberAction{RegionName: sdk.String("us-east-1")}}},
		}),
		"UpdateTable with DeletionProtectionEnabled": update(dynamodb.UpdateTableInput{DeletionProtectionEnabled: sdk.Bool(true)}),
	} {
		refused(t, operation, err, "UnknownOperationException", operation+" is not available locally", "DYNAMODB=http://127.0.0.1:8000 make run")
		contains(t, "the log", logs.String(), operation)
	}
}

// sdkOperations are all operations of the SDK's client: what there is of DynamoDB
// at present.
func sdkOperations() []string {
	var names []string
	for m := range reflect.TypeFor[*dynamodb.Client]().Methods() {
		if m.Type.IsVariadic() && m.Type.NumIn() == 4 && m.Type.NumOut() == 2 {
			names = append(names, m.Name)
		}
	}
	return names
}

// Each operation is served or named, and none is only passed on to what would
// answer something else.
func TestEveryOperationOfTheSDKIsServedOrNamed(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), &journal{})
	served := 0
	for _, operation := range sdkOperations() {
		status, body := ask(t, e, func(r *http.Request) {
			r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
			if in := `{"TableName":"` + carts + `"}`; operation == "UpdateTimeToLive" { // of the templates' tables only
				r.Body, r.ContentLength = io.NopCloser(strings.NewReader(in)), int64(len(in))
			}
		})
		if dynaliteHas(operation) {
			served++
			if status != http.StatusOK && !strings.Contains(body, "ValidationException") { // of an empty request
				t.Errorf("%s: %d %s, want an answer of its own", operation, status, body)
			}
			continue
		}
		if status != http.StatusNotImplemented {
			t.Errorf("%s: status %d, want 501", operation, status)
		}
		contains(t, operation, body, "dynamodb: "+operation+" is not available locally", "DYNAMODB=http://127.0.0.1:8000 make run")
	}
	if served != 20 || len(sdkOperations()) < 57 {
		t.Errorf("%d of %d operations are served, want 20 of 57 or more: the table of them is wrong", served, len(sdkOperations()))
	}
}

func TestAnotherDynamoDBCanBeUsed(t *testing.T) {
	config, _ := read(t, shop)
	first := start(t, config, t.TempDir(), nil)
	var targets, keys []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		target := r.Header.Get("X-Amz-Target")
		targets = append(targets, target)
		keys = append(keys, readScope(r).accessKeyID)
		switch {
		case strings.HasSuffix(target, "ExecuteStatement"):
			_, _ = io.WriteString(w, `{"Items":[{"id":{"S":"from the other"}}]}`)
			return
		case strings.HasSuffix(target, "TransactWriteItems"):
			_, _ = io.WriteString(w, `{}`)
			return
		}
		first.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	second, err := Start(t.Context(), config, Options{DataDir: t.TempDir(), DynamoDB: proxy.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, second)
	targets = nil

	putItem(t, dynamoDBClient(second, cartRole), carts, "1")
	answer, err := dynamoDBClient(second, "").ExecuteStatement(t.Context(), &dynamodb.ExecuteStatementInput{Statement: sdk.String("SELECT 1")})
	if err != nil || len(answer.Items) != 1 {
		t.Errorf("ExecuteStatement: %v, %v: want the other's answer", answer, err)
	}
	_, err = dynamoDBClient(second, cartRole).DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: sdk.String(carts), Key: map[string]types.AttributeValue{"id": text("1")}})
	refused(t, "DeleteItem", err, "AccessDeniedException")
	if err := transact(t, dynamoDBClient(second, cartRole), put("1")); err != nil {
		t.Errorf("TransactWriteItems: %v: want the other's answer", err)
	}
	refused(t, "TransactWriteItems", transact(t, dynamoDBClient(second, cartRole), remove("1")), "AccessDeniedException")
	_, err = dynamoDBClient(second, cartRole).ExecuteStatement(t.Context(), &dynamodb.ExecuteStatementInput{Statement: sdk.String("SELECT 1")})
	refused(t, "a statement that is none, by a function", err, "UnknownOperationException", "does not know which permissions")
	_, err = dynamoDBClient(second, cartRole).ExecuteStatement(t.Context(), &dynamodb.ExecuteStatementInput{Statement: sdk.String(`DELETE FROM "` + carts + `" WHERE id = '1'`)})
	refused(t, "ExecuteStatement by a function", err, "AccessDeniedException", "dynamodb:PartiQLDelete on resource: "+cartsARN+" because")
	if diff := cmp.Diff([]string{"DynamoDB_20120810.PutItem", "DynamoDB_20120810.ExecuteStatement", "DynamoDB_20120810.TransactWriteItems"}, targets); diff != "" {
		t.Errorf("what reached the other: %s", diff)
	}
	for _, key := range keys {
		if key != RootAccessKeyID {
			t.Errorf("the other saw the access key %s: DynamoDB Local would keep its data apart", key)
		}
	}
}
