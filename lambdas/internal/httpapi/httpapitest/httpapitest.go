// Package httpapitest makes the events that handlers are tested with. Only tests of handlers import it.
package httpapitest

import (
	"encoding/json"
	"os"
	"testing"

	"annex/lambdas/internal/httpapi"
)

// Event is the event in the file as API Gateway sends it. Edit, where it is not nil, changes the request in it.
func Event(t *testing.T, file string, edit func(*httpapi.Request)) []byte {
	t.Helper()
	event, err := os.ReadFile(file) //nolint:gosec // a file of the test's
	if err != nil {
		t.Fatal(err)
	}
	if edit == nil {
		return event
	}
	var request httpapi.Request
	if err := json.Unmarshal(event, &request); err != nil {
		t.Fatal(err)
	}
	edit(&request)
	if event, err = json.Marshal(request); err != nil {
		t.Fatal(err)
	}
	return event
}
