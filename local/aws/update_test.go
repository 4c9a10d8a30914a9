package aws

import (
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"
)

func TestAnUpdateFollowsTheTemplates(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	putItem(t, dynamoDBClient(e, cartRole), carts, "1")

	// The orders are new, the carts' policy is gone, and so are the search's
	// bucket and role.
	more := strings.Replace(shop, `"Index": {`, `"Orders": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {"TableName": "shop-orders",
		"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}},
	"OrdersPolicy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "Roles": [{"Ref": "CartRole"}], "PolicyDocument": {"Statement": [
		{"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": {"Fn::GetAtt": ["Orders", "Arn"]}}]}}},
	"Index": {`, 1)
	more = strings.Replace(more, `"dynamodb:GetItem", "dynamodb:PutItem"`, `"dynamodb:GetItem"`, 1)
	next, _ := read(t, more)
	next.Buckets = next.Buckets[1:]
	next.Roles = next.Roles[:1]
	if _, err := e.Update(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	putItem(t, dynamoDBClient(e, cartRole), "shop-orders", "1")
	_, err := dynamoDBClient(e, cartRole).PutItem(t.Context(), &dynamodb.PutItemInput{TableName: sdk.String(carts), Item: item("2")})
	refused(t, "what is not granted any more", err, "AccessDeniedException", "dynamodb:PutItem")
	if !hasItem(t, e, "1") {
		t.Error("the cart is gone")
	}
	putObject(t, s3Client(e, searchRole), indexName, productsKey, "kept")
}

func TestAnUpdateThatCannotBeLeavesAllAsItWas(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	before := e.config()
	other, _ := read(t, strings.Replace(shop, `"IndexName": "by-owner"`, `"IndexName": "owners"`, 1))
	other.Roles = nil
	if _, err := e.Update(t.Context(), other); err == nil || !strings.Contains(err.Error(), "make clean-data") {
		t.Errorf("an update with another index: %v", err)
	}
	if diff := cmp.Diff(before.Tables, e.config().Tables); diff != "" {
		t.Error(diff)
	}
	putItem(t, dynamoDBClient(e, cartRole), carts, "1")
}
