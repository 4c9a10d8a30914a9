package aws

import (
	"reflect"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func streamsClient(e *Endpoint, role string) *dynamodbstreams.Client {
	return dynamodbstreams.NewFromConfig(clientConfig(e, role))
}

// iterator is a new shard iterator of the carts' stream.
func iterator(t testing.TB, c *dynamodbstreams.Client, kind streamtypes.ShardIteratorType, number *string) *string {
	t.Helper()
	out, err := c.GetShardIterator(t.Context(), &dynamodbstreams.GetShardIteratorInput{
		StreamArn: sdk.String(cartsStream), ShardId: sdk.String(shardID), ShardIteratorType: kind, SequenceNumber: number,
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.ShardIterator
}

// ids are those of the records' items, in order.
func ids(records []streamtypes.Record) string {
	var list []string
	for _, r := range records {
		if id, ok := r.Dynamodb.Keys["id"].(*streamtypes.AttributeValueMemberS); ok {
			list = append(list, id.Value)
		}
	}
	return strings.Join(list, " ")
}

func TestTheStreamsAPIReadsAStream(t *testing.T) {
	e := startStreamed(t)
	c, ctx := streamsClient(e, ""), t.Context()
	latest := iterator(t, c, streamtypes.ShardIteratorTypeLatest, nil)
	for _, id := range []string{"a", "b", "c"} {
		putItem(t, dynamoDBClient(e, ""), carts, id)
	}

	listed, err := c.ListStreams(ctx, &dynamodbstreams.ListStreamsInput{TableName: sdk.String(carts)})
	if err != nil {
		t.Fatal(err)
	}
	want := []streamtypes.Stream{{StreamArn: sdk.String(cartsStream), StreamLabel: sdk.String("2026-01-01T00:00:00.000"), TableName: sdk.String(carts)}}
	if diff := cmp.Diff(want, listed.Streams, cmpopts.IgnoreUnexported(streamtypes.Stream{})); diff != "" {
		t.Error(diff)
	}
	described, err := c.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: listed.Streams[0].StreamArn})
	if err != nil {
		t.Fatal(err)
	}
	s := described.StreamDescription
	if s.StreamStatus != "ENABLED" || s.StreamViewType != "NEW_AND_OLD_IMAGES" || sdk.ToString(s.TableName) != carts || len(s.KeySchema) != 1 ||
		s.CreationRequestDateTime == nil || len(s.Shards) != 1 || sdk.ToString(s.Shards[0].ShardId) != shardID || s.Shards[0].SequenceNumberRange.EndingSequenceNumber != nil {
		t.Errorf("the stream is %+v", s)
	}

	out, err := c.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: iterator(t, c, streamtypes.ShardIteratorTypeTrimHorizon, nil), Limit: sdk.Int32(2)})
	if err != nil || ids(out.Records) != "a b" {
		t.Fatalf("%v, %v, want the first two", ids(out.Records), err)
	}
	second := out.Records[1].Dynamodb
	got := out.Records[0]
	if got.EventName != "INSERT" || sdk.ToString(got.EventSource) != "aws:dynamodb" || sdk.ToString(got.AwsRegion) != region || sdk.ToString(got.EventVersion) != "1.1" ||
		len(got.Dynamodb.NewImage) != 2 || got.Dynamodb.OldImage != nil || time.Since(*got.Dynamodb.ApproximateCreationDateTime) > time.Minute {
		t.Errorf("the record is %+v", got)
	}
	out, err = c.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: out.NextShardIterator})
	if err != nil || ids(out.Records) != "c" {
		t.Errorf("%v, %v, want the last", ids(out.Records), err)
	}
	if out, err = c.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: out.NextShardIterator}); err != nil || len(out.Records) != 0 || out.NextShardIterator == nil {
		t.Errorf("%v, %v, want none, and where to go on", out, err)
	}
	for _, from := range []struct {
		iterator *string
		want     string
	}{
		{latest, "a b c"},
		{iterator(t, c, streamtypes.ShardIteratorTypeAtSequenceNumber, second.SequenceNumber), "b c"},
		{iterator(t, c, streamtypes.ShardIteratorTypeAfterSequenceNumber, second.SequenceNumber), "c"},
		{iterator(t, c, streamtypes.ShardIteratorTypeAtSequenceNumber, s.Shards[0].SequenceNumberRange.StartingSequenceNumber), "a b c"},
	} {
		if out, err := c.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: from.iterator}); err != nil || ids(out.Records) != from.want {
			t.Errorf("from %s: %v, %v, want %s", *from.iterator, ids(out.Records), err, from.want)
		}
	}
}

func TestEveryOperationOfTheStreamsSDKIsServed(t *testing.T) {
	operations := 0
	for m := range reflect.TypeFor[*dynamodbstreams.Client]().Methods() {
		if m.Type.IsVariadic() && m.Type.NumIn() == 4 && m.Type.NumOut() == 2 {
			operations++
			if !streamsHave(m.Name) {
				t.Errorf("%s is not served", m.Name)
			}
		}
	}
	if operations < 4 {
		t.Errorf("the SDK has %d operations, want four or more", operations)
	}
}

func TestTheStreamsAPISaysWhoDeletedAnItem(t *testing.T) {
	e := startStreamed(t)
	if err := e.dynamoDB.call(t.Context(), "PutItem", region, map[string]any{"TableName": carts, "Item": map[string]any{"id": map[string]string{"S": "a"}}}, nil); err != nil {
		t.Fatal(err)
	}
	if err := e.dynamoDB.call(t.Context(), "ExpireItem", region, map[string]any{"TableName": carts, "Key": map[string]any{"id": map[string]string{"S": "a"}}}, nil); err != nil {
		t.Fatal(err)
	}
	c := streamsClient(e, "")
	out, err := c.GetRecords(t.Context(), &dynamodbstreams.GetRecordsInput{ShardIterator: iterator(t, c, streamtypes.ShardIteratorTypeTrimHorizon, nil)})
	if err != nil || len(out.Records) != 2 || out.Records[0].UserIdentity != nil {
		t.Fatalf("%v, %v", out, err)
	}
	if by := out.Records[1].UserIdentity; by == nil || sdk.ToString(by.Type) != "Service" || sdk.ToString(by.PrincipalId) != "dynamodb.amazonaws.com" {
		t.Errorf("deleted by %+v", by)
	}
}

func TestTheStreamsAPIRefusesAsAWSDoes(t *testing.T) {
	e := startStreamed(t)
	c, ctx := streamsClient(e, ""), t.Context()
	old := shardIterator{cartsStream, "", time.Now().Add(-time.Second)}.String()
	describe := func(arn string) error {
		_, err := c.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: &arn})
		return err
	}
	records := func(iterator string, limit int32) error {
		_, err := c.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: &iterator, Limit: &limit})
		return err
	}
	shard := func(id string, kind streamtypes.ShardIteratorType) error {
		_, err := c.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{StreamArn: sdk.String(cartsStream), ShardId: &id, ShardIteratorType: kind})
		return err
	}
	for _, f := range []struct {
		err        error
		code, part string
	}{
		{describe(cartsARN + "/stream/2015-01-01T00:00:00.000"), "ResourceNotFoundException", "not found"},
		{describe(strings.Replace(cartsStream, carts, "none", 1)), "ResourceNotFoundException", "not found"},
		{describe(strings.Repeat("x", 40)), "ValidationException", "Invalid StreamArn"},
		{records(old, 1), "ExpiredIteratorException", "Iterator expired 1s ago"},
		{records("none", 1), "ValidationException", "Invalid ShardIterator"},
		{records(*iterator(t, c, "LATEST", nil), 1001), "ValidationException", "'limit'"},
		{shard("shardId-of-another-stream-and-long", "LATEST"), "ResourceNotFoundException", "Shard"},
		{shard(shardID, "AT_SEQUENCE_NUMBER"), "ValidationException", "SequenceNumber"},
		{shard(shardID, "NOW"), "ValidationException", "shardIteratorType"},
	} {
		refused(t, f.part, f.err, f.code, f.part)
	}
}

func TestWhoReadsAStreamNeedsItsPermissions(t *testing.T) {
	grant := `"ReaderRole": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}},
"ReaderPolicy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "Roles": [{"Ref": "ReaderRole"}], "PolicyDocument": {"Statement": [
	{"Effect": "Allow", "Action": ["dynamodb:DescribeStream", "dynamodb:GetShardIterator"], "Resource": {"Fn::GetAtt": ["Carts", "StreamArn"]}}]}}},
"Index": {`
	config, notices := read(t, strings.Replace(streamed("KEYS_ONLY"), `"Index": {`, grant, 1))
	if len(notices) > 0 {
		t.Error(notices)
	}
	e := start(t, config, t.TempDir(), nil)
	const reader = "arn:aws:iam::" + account + ":role/shop-ReaderRole"
	c := streamsClient(e, reader)
	_, err := streamsClient(e, cartRole).DescribeStream(t.Context(), &dynamodbstreams.DescribeStreamInput{StreamArn: sdk.String(cartsStream)})
	refused(t, "one who may write the table", err, "AccessDeniedException", "dynamodb:DescribeStream on resource: "+cartsStream)
	if _, err := c.DescribeStream(t.Context(), &dynamodbstreams.DescribeStreamInput{StreamArn: sdk.String(cartsStream)}); err != nil {
		t.Error(err)
	}
	_, err = c.GetRecords(t.Context(), &dynamodbstreams.GetRecordsInput{ShardIterator: iterator(t, c, "LATEST", nil)})
	refused(t, "GetRecords", err, "AccessDeniedException", "dynamodb:GetRecords on resource: "+cartsStream)
	_, err = c.GetRecords(t.Context(), &dynamodbstreams.GetRecordsInput{ShardIterator: sdk.String("none")})
	refused(t, "an iterator that is none", err, "ValidationException", "Invalid ShardIterator")
	_, err = c.ListStreams(t.Context(), &dynamodbstreams.ListStreamsInput{})
	refused(t, "ListStreams", err, "AccessDeniedException", "dynamodb:ListStreams on resource: * ")
}

func TestAStreamsOwnPolicyCounts(t *testing.T) {
	const policy = `"ResourcePolicy": {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "` + cartRole + `"}, "Action": "dynamodb:DescribeStream", "Resource": "*"}]}}`
	global := strings.Replace(streamed("KEYS_ONLY"), `{"Region": "eu-west-1", `, `{"Region": "eu-west-1", "ReplicaStreamSpecification": {`+policy+`}, `, 1)
	one := strings.Replace(streamed("KEYS_ONLY"), "AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table", 1)
	one = strings.Replace(strings.Replace(one, `"Replicas"`, `"Tags"`, 1), `{"StreamViewType"`, `{`+policy+`, "StreamViewType"`, 1)
	for _, resources := range []string{global, one} {
		config, _ := read(t, resources)
		e := start(t, config, t.TempDir(), nil)
		if _, err := streamsClient(e, cartRole).DescribeStream(t.Context(), &dynamodbstreams.DescribeStreamInput{StreamArn: sdk.String(cartsStream)}); err != nil {
			t.Error(err)
		}
		_, err := streamsClient(e, searchRole).DescribeStream(t.Context(), &dynamodbstreams.DescribeStreamInput{StreamArn: sdk.String(cartsStream)})
		refused(t, "another role", err, "AccessDeniedException", "dynamodb:DescribeStream")
	}
}

func TestTablesOfProgramsHaveStreamsToo(t *testing.T) {
	e := startStreamed(t)
	c, ctx := dynamoDBClient(e, ""), t.Context()
	create := func(name string, s *types.StreamSpecification) error {
		_, err := c.CreateTable(ctx, &dynamodb.CreateTableInput{
			TableName: &name, BillingMode: types.BillingModePayPerRequest, StreamSpecification: s,
			KeySchema:            []types.KeySchemaElement{{AttributeName: sdk.String("id"), KeyType: types.KeyTypeHash}},
			AttributeDefinitions: []types.AttributeDefinition{{AttributeName: sdk.String("id"), AttributeType: types.ScalarAttributeTypeS}},
		})
		return err
	}
	change := func(name string, enabled bool, view types.StreamViewType) error {
		_, err := c.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: &name, StreamSpecification: &types.StreamSpecification{StreamEnabled: &enabled, StreamViewType: view}})
		return err
	}
	if err := create("mine", &types.StreamSpecification{StreamEnabled: sdk.Bool(true), StreamViewType: "KEYS_ONLY"}); err != nil {
		t.Fatal(err)
	}
	if err := create("yours", nil); err != nil {
		t.Fatal(err)
	}
	for _, f := range []struct {
		err  error
		want string
	}{
		{create("another", &types.StreamSpecification{StreamEnabled: sdk.Bool(true)}), "If stream is being enabled then UpdateViewType is required"},
		{change("mine", true, "NEW_IMAGE"), "Table already has an enabled stream: TableName: mine"},
		{change("yours", false, ""), "Table has no stream to disable: TableName: yours"},
	} {
		refused(t, f.want, f.err, "ValidationException", f.want)
	}
	if err := change("yours", true, "NEW_IMAGE"); err != nil {
		t.Fatal(err)
	}
	putItem(t, c, "mine", "a")
	putItem(t, c, "yours", "b")
	if err := change("yours", false, ""); err != nil {
		t.Fatal(err)
	}
	putItem(t, c, "yours", "c")

	streams := streamsClient(e, "")
	var arns []string
	var from *string
	for {
		page, err := streams.ListStreams(ctx, &dynamodbstreams.ListStreamsInput{Limit: sdk.Int32(1), ExclusiveStartStreamArn: from})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Streams {
			arns = append(arns, sdk.ToString(s.TableName)+" "+sdk.ToString(s.StreamArn))
		}
		if from = page.LastEvaluatedStreamArn; from == nil {
			break
		}
	}
	arn := func(table string) string { return strings.Replace(cartsStream, carts, table, 1) }
	if diff := cmp.Diff([]string{"mine " + arn("mine"), carts + " " + cartsStream, "yours " + arn("yours")}, arns); diff != "" {
		t.Error(diff)
	}
	for table, want := range map[string][2]string{"mine": {"a", "ENABLED"}, "yours": {"b", "DISABLED"}} {
		described, err := streams.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: sdk.String(arn(table))})
		if err != nil || string(described.StreamDescription.StreamStatus) != want[1] {
			t.Errorf("%s: %v, %v, want %s", table, described, err, want[1])
		}
		start, err := streams.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{StreamArn: sdk.String(arn(table)), ShardId: sdk.String(shardID), ShardIteratorType: "TRIM_HORIZON"})
		if err != nil {
			t.Fatal(err)
		}
		if out, err := streams.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: start.ShardIterator}); err != nil || ids(out.Records) != want[0] {
			t.Errorf("%s: %v, %v, want %s", table, ids(out.Records), err, want[0])
		}
	}
}
