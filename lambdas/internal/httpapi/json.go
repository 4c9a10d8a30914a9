package httpapi

import (
	"encoding/json"
	"fmt"
)

// JSON is an answer with v as its JSON body. It may not be stored by caches; a route whose answer may be sets
// another Cache-Control in the response's Headers, as it does with any other header.
func JSON(status int, v any) (Response, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return Response{}, fmt.Errorf("write the answer as JSON: %w", err)
	}
	return Response{
		StatusCode: status,
		Headers:    map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store"},
		Body:       string(body),
	}, nil
}
