package events

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// failures are the identifiers of the records of a batch that its function says
// have failed; wrong is why its answer fails all of them. For streams and
// queues see "Configuring partial batch response with DynamoDB and Lambda" and
// "Implementing partial batch responses": no list, null and an empty one say
// that all is well, also where there is no object to have it. An identifier that
// is empty, null, no string, under another key or of none of the batch's records
// fails the batch as a whole, and so does what is no such answer at all.
func failures(payload []byte, batch []string) (failed map[string]bool, wrong string) {
	switch string(bytes.TrimSpace(payload)) {
	case "", "null", `""`, "[]":
		return nil, ""
	}
	// Keys count as they are written: one of another case is another key.
	var answer map[string]json.RawMessage
	var items []map[string]json.RawMessage
	if json.Unmarshal(payload, &answer) != nil {
		return nil, "its answer is no object with batchItemFailures"
	}
	if list, there := answer["batchItemFailures"]; there && json.Unmarshal(list, &items) != nil {
		return nil, "batchItemFailures of its answer is no list of objects"
	}
	failed = map[string]bool{}
	for _, item := range items {
		var id *string
		if json.Unmarshal(item["itemIdentifier"], &id) != nil || id == nil {
			return nil, "batchItemFailures of its answer has an element without an itemIdentifier that is text"
		}
		if !slices.Contains(batch, *id) {
			return nil, fmt.Sprintf("the itemIdentifier %.64q of its answer is that of no record of the batch", *id)
		}
		failed[*id] = true
	}
	return failed, ""
}
