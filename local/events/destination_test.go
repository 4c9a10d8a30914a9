package events

import (
	"encoding/json"
	"testing"
	"time"

	"annex/local/lambda"

	"github.com/google/go-cmp/cmp"
)

// TestADestinationIsToldAsAWSDoes compares with a record that was received from
// AWS, whose identifiers are others.
func TestADestinationIsToldAsAWSDoes(t *testing.T) {
	m := stream(nil)
	arrived := time.Date(2025, 6, 5, 18, 21, 49, 0, time.UTC)
	d := &discard{
		records:   []Record{{Shard: "shardId-00000001749134517000-7c5a2d4b", SequenceNumber: "202328600001712385967261751", Created: arrived}, {SequenceNumber: "202328600001712385967261752", Created: arrived.Add(time.Second)}},
		condition: retryAttemptsExhausted, invokes: 4, last: &lambda.Result{RequestID: "12a8a0fa", Version: "$LATEST", FunctionError: "Unhandled"},
	}
	want := `{
		"requestContext": {"requestId": "12a8a0fa", "functionArn": "` + function + `", "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 4},
		"responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
		"version": "1.0",
		"timestamp": "2025-06-05T18:22:26.479Z",
		"DDBStreamBatchInfo": {
			"shardId": "shardId-00000001749134517000-7c5a2d4b",
			"startSequenceNumber": "202328600001712385967261751",
			"endSequenceNumber": "202328600001712385967261752",
			"approximateArrivalOfFirstRecord": "2025-06-05T18:21:49Z",
			"approximateArrivalOfLastRecord": "2025-06-05T18:21:50Z",
			"batchSize": 2,
			"streamArn": "` + streamARN + `"
		}
	}`
	var wanted, got any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(m.failureRecord(d, time.Date(2025, 6, 5, 18, 22, 26, 479_000_000, time.UTC))), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Error(diff)
	}
}

func TestAFunctionWithoutAQualifierIsTheLatest(t *testing.T) {
	const arn = "arn:aws:lambda:eu-west-1:111122223333:function:cart"
	for given, want := range map[string]string{arn: arn + ":$LATEST", arn + ":live": arn + ":live"} {
		if got := qualified(given); got != want {
			t.Errorf("%s is %s", given, got)
		}
	}
}
