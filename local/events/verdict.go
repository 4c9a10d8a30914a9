package events

import (
	"bytes"
	"encoding/json"
	"slices"
)

// failures are the identifiers of the records of a batch that its function says
// have failed; ok is false where its answer fails all of them. For streams and
// queues see "Configuring partial batch response with DynamoDB and Lambda" and
// "Implementing partial batch responses": no list, null and an empty one say
// that all is well, also where there is no object to have it. An identifier that
// is empty, null, no string, under another key or of none of the batch's records
// fails the batch as a whole, and so does what is no such answer at all.
func failures(payload []byte, batch []string) (failed map[string]bool, ok bool) {
	switch string(bytes.TrimSpace(payload)) {
	case "", "null", `""`, "[]":
		return nil, true
	}
	// Keys count as they are written: one of another case is another key.
	var answer map[string]json.RawMessage
	var items []map[string]json.RawMessage
	if json.Unmarshal(payload, &answer) != nil {
		return nil, false
	}
	if list, there := answer["batchItemFailures"]; there && json.Unmarshal(list, &items) != nil {
		return nil, false
	}
	failed = map[string]bool{}
	for _, item := range items {
		var id string
		if json.Unmarshal(item["itemIdentifier"], &id) != nil || !slices.Contains(batch, id) {
			return nil, false
		}
		failed[id] = true
	}
	return failed, true
}
