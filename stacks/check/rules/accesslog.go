package rules

import (
	"encoding/json"
	"regexp"
	"strings"
)

var accessLog = []Rule{
	{
		ID:     "AX045",
		Title:  "the access log's format has no requestId",
		Fix:    `add "requestId":"$context.requestId" or $context.extendedRequestId to it`,
		Source: "API Gateway, Configure logging for HTTP APIs",
		check:  each(withoutRequestID, stageType),
	},
	{
		ID:     "AX046",
		Title:  "the access log's format is longer than 3 KB",
		Fix:    "leave fields out",
		Source: "API Gateway, Quotas for configuring and running an HTTP API",
		check:  each(longFormat, stageType),
	},
	{
		ID:     "AX047",
		Title:  "the access log's format is not a JSON object in one line",
		Fix:    "write each field as \"name\":\"$context.name\", with commas between, in braces",
		Source: "API Gateway, Configure logging for HTTP APIs",
		check:  each(unstructured, stageType),
	},
}

// format gives the format of a stage's access log, if all of it is known.
func format(stage *Resource) (text string, ok bool) {
	text = strings.TrimSpace(stage.text("AccessLogSettings", "Format"))
	return text, text != "" && literal(text)
}

func withoutRequestID(stage *Resource) []Finding {
	text, ok := format(stage)
	if !ok || strings.Contains(text, "$context.requestId") || strings.Contains(text, "$context.extendedRequestId") {
		return nil
	}
	return []Finding{stage.finding("AccessLogSettings.Format", "%s", text)}
}

func longFormat(stage *Resource) []Finding {
	text, ok := format(stage)
	if !ok || len(text) <= 3*1024 {
		return nil
	}
	return []Finding{stage.finding("AccessLogSettings.Format", "%d bytes", len(text))}
}

// contextVariable is what API Gateway puts a value for, without quotes.
var contextVariable = regexp.MustCompile(`\$context\.[A-Za-z0-9_.]+`)

func unstructured(stage *Resource) []Finding {
	text, ok := format(stage)
	var object map[string]any
	if !ok || !strings.Contains(text, "\n") && json.Unmarshal([]byte(contextVariable.ReplaceAllString(text, "0")), &object) == nil {
		return nil
	}
	return []Finding{stage.finding("AccessLogSettings.Format", "%s", text)}
}
