package events

import (
	"encoding/json"
	"strings"
	"testing"
)

// created is an event of S3, as in the Amazon S3 User Guide, "Event message
// structure".
const created = `{
	"version": "0", "id": "17793124-05d4-b198-2fde-7ededc63b103", "detail-type": "Object Created",
	"source": "aws.s3", "account": "111122223333", "time": "2021-11-12T00:00:00Z", "region": "ca-central-1",
	"resources": ["arn:aws:s3:::amzn-s3-demo-bucket1"],
	"detail": {
		"version": "0", "bucket": {"name": "amzn-s3-demo-bucket1"},
		"object": {"key": "example-key", "size": 5, "etag": "b1946ac92492d2347c6235b4d2611184", "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e", "sequencer": "617f08299329d189"},
		"request-id": "N4N7GDK58NMKJ12R", "requester": "123456789012", "source-ip-address": "1.2.3.4", "reason": "PutObject"
	}
}`

// The first of each two events matches, and the second does not; the patterns
// and most events are those of the EventBridge User Guide, "Comparison operators
// for use in event patterns in Amazon EventBridge", "Event patterns" and "Null
// values and empty strings".
func TestPatternsMatchAsEventBridgeDocuments(t *testing.T) {
	for _, c := range []struct{ name, pattern, matches, other string }{
		{"and", `{"Location": ["New York"], "Day": ["Monday"]}`, `{"Location": "New York", "Day": "Monday", "more": 1}`, `{"Location": "New York", "Day": "Tuesday"}`},
		{"or", `{"PaymentType": ["Credit", "Debit"]}`, `{"PaymentType": "Debit"}`, `{"PaymentType": "Cash"}`},
		{"or of fields", `{"$or": [{"Location": ["New York"]}, {"Day": ["Monday"]}]}`, `{"Day": "Monday"}`, `{"Day": "Sunday", "Location": "Rome"}`},
		{
			"or of fields beside one", `{"source": ["a"], "detail": {"$or": [{"c": [{"numeric": [">", 0, "<=", 5]}]}, {"d": [{"numeric": ["<", 10]}]}, {"x": [{"numeric": ["=", 3.018e2]}]}]}}`,
			`{"source": "a", "detail": {"x": 301.8}}`, `{"source": "b", "detail": {"x": 301.8}}`,
		},
		{"equals", `{"Name": ["Alice"]}`, `{"Name": "Alice"}`, `{"Name": "alice"}`},
		{"equals without case", `{"Name": [{"equals-ignore-case": "alice"}]}`, `{"Name": "ALICE"}`, `{"Name": "Bob"}`},
		{"null", `{"UserID": [null]}`, `{"UserID": null}`, `{"UserID": ""}`},
		{"null that is missing", `{"UserID": [null]}`, `{"UserID": null}`, `{}`},
		{"empty", `{"LastName": [""]}`, `{"LastName": ""}`, `{"LastName": null}`},
		{"true", `{"done": [true]}`, `{"done": true}`, `{"done": "true"}`},
		{"a number as it is written", `{"n": [300]}`, `{"n": 300}`, `{"n": 300.0}`},
		{"a number is no text", `{"n": [300]}`, `{"n": 300}`, `{"n": "300"}`},
		{"prefix", `{"Region": [{"prefix": "us-"}]}`, `{"Region": "us-east-1"}`, `{"Region": "eu-us-1"}`},
		{"prefix without case", `{"service": [{"prefix": {"equals-ignore-case": "EventB"}}]}`, `{"service": "eventbridge"}`, `{"service": "my-eventbridge"}`},
		{"suffix", `{"FileName": [{"suffix": ".png"}]}`, `{"FileName": "a.png"}`, `{"FileName": "a.PNG"}`},
		{"suffix without case", `{"service": [{"suffix": {"equals-ignore-case": "tBridge"}}]}`, `{"service": "EventBRIDGE"}`, `{"service": "EventBridges"}`},
		{"anything but", `{"state": [{"anything-but": "initializing"}]}`, `{"state": "running"}`, `{"state": "initializing"}`},
		{"anything but, of a list", `{"state": [{"anything-but": ["stopped", "overloaded"]}]}`, `{"state": "running"}`, `{"state": "overloaded"}`},
		{"anything but needs the field", `{"state": [{"anything-but": "initializing"}]}`, `{"state": 1}`, `{"other": "running"}`},
		{"anything but numbers", `{"x-limit": [{"anything-but": [100, 200, 300]}]}`, `{"x-limit": 150}`, `{"x-limit": 200}`},
		{"anything but without case", `{"state": [{"anything-but": {"equals-ignore-case": ["initializing", "stopped"]}}]}`, `{"state": "running"}`, `{"state": "STOPPED"}`},
		{"anything but prefixes", `{"state": [{"anything-but": {"prefix": "init"}}]}`, `{"state": "running"}`, `{"state": "initializing"}`},
		{"anything but suffixes", `{"FileName": [{"anything-but": {"suffix": [".txt", ".rtf"]}}]}`, `{"FileName": ".txt.bak"}`, `{"FileName": "a.rtf"}`},
		{"anything but wildcards", `{"FilePath": [{"anything-but": {"wildcard": ["*/lib/*", "*/bin/*"]}}]}`, `{"FilePath": "src/lib.go"}`, `{"FilePath": "src/lib/a.go"}`},
		{"numeric range", `{"c-count": [{"numeric": [">", 0, "<=", 5]}]}`, `{"c-count": 5.0}`, `{"c-count": 0}`},
		{"numeric equals", `{"x-limit": [{"numeric": ["=", 3.018e2]}]}`, `{"x-limit": 301.8}`, `{"x-limit": "301.8"}`},
		{"numeric at least", `{"n": [{"numeric": [">=", -2]}]}`, `{"n": -2}`, `{"n": -2.5}`},
		{"cidr", `{"sourceIPAddress": [{"cidr": "10.0.0.0/24"}]}`, `{"sourceIPAddress": "10.0.0.255"}`, `{"sourceIPAddress": "10.0.1.255"}`},
		{"cidr of IPv6", `{"a": [{"cidr": "2001:db8::/32"}]}`, `{"a": "2001:db8:1::5"}`, `{"a": "2001:db9::5"}`},
		{"exists", `{"detail": {"c-count": [{"exists": true}]}}`, `{"detail": {"c-count": null}}`, `{"detail": {"d-count": 1}}`},
		{"exists on leaves alone", `{"person": {"address": [{"exists": true}]}}`, `{"person": {"address": "a"}}`, `{"person": {"address": {"city": "Anytown"}}}`},
		{"does not exist", `{"detail": {"c-count": [{"exists": false}]}}`, `{"detail": {"d-count": 1}}`, `{"detail": {"c-count": 1}}`},
		{"does not exist, with what is around it", `{"detail": {"c-count": [{"exists": false}]}}`, `{"other": 1}`, `{"detail": {"c-count": null}}`},
		{"does not exist, or is", `{"state": [{"exists": false}, "new"]}`, `{}`, `{"state": "old"}`},
		{"does not exist, in any of a list", `{"a": {"b": [{"exists": false}], "c": [1]}}`, `{"a": [{"c": 1}, {"c": 2}]}`, `{"a": [{"b": 1}, {"c": 1}]}`},
		{"wildcard", `{"EventBusArn": [{"wildcard": "arn:aws:events:us-east-1:*:event-bus/*"}]}`, `{"EventBusArn": "arn:aws:events:us-east-1:123456789012:event-bus/a"}`, `{"EventBusArn": "arn:aws:events:us-east-2:123456789012:event-bus/a"}`},
		{"wildcard in a folder", `{"FileName": [{"wildcard": "dir/*.png"}]}`, `{"FileName": "dir/.png"}`, `{"FileName": "dir/a.png.txt"}`},
		{"wildcard that overlaps", `{"a": [{"wildcard": "ab*ba"}]}`, `{"a": "abba"}`, `{"a": "aba"}`},
		{"wildcard, escaped", `{"a": [{"wildcard": "\\*a\\\\*"}]}`, `{"a": "*a\\b"}`, `{"a": "xa\\b"}`},
		{"a list", `{"resources": ["arn:b", "arn:c"]}`, `{"resources": ["arn:a", "arn:b"]}`, `{"resources": ["arn:a"]}`},
		{"an empty list", `{"resources": [{"exists": false}]}`, `{"resources": []}`, `{"resources": ["a"]}`},
		{
			"objects in a list, all fields in one", `{"employees": {"first": ["Anna"], "last": ["Jones"]}}`,
			`{"employees": [{"first": "John", "last": "Doe"}, {"first": "Anna", "last": "Jones"}]}`,
			`{"employees": [{"first": "Anna", "last": "Smith"}, {"first": "Peter", "last": "Jones"}]}`,
		},
		{
			"of S3", `{"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": ["amzn-s3-demo-bucket1"]}, "object": {"key": [{"prefix": "example"}]}}}`,
			created, strings.ReplaceAll(created, "example-key", "another"),
		},
	} {
		p, err := ParsePattern(json.RawMessage(c.pattern))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !p.MatchJSON([]byte(c.matches)) {
			t.Errorf("%s: %s does not match %s", c.name, c.pattern, c.matches)
		}
		if p.MatchJSON([]byte(c.other)) {
			t.Errorf("%s: %s matches %s", c.name, c.pattern, c.other)
		}
	}
}

// What was decoded without keeping how numbers are written compares them as
// numbers.
func TestDecodedEventsMatch(t *testing.T) {
	p, err := ParsePattern(json.RawMessage(`{"n": [300], "m": [{"numeric": ["<", 2]}], "o": [{"anything-but": 7}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if !p.Match(map[string]any{"n": 300.0, "m": 1.5, "o": 8.0}) || p.Match(map[string]any{"n": 300.0, "m": 1.5, "o": 7.0}) {
		t.Error("numbers of a decoded event do not compare as numbers")
	}
}

func TestAPatternThatEventBridgeWouldRefuseSaysWhy(t *testing.T) {
	for pattern, want := range map[string]string{
		`[]`:                                "want an object",
		`{`:                                 "it is no JSON",
		`{} {}`:                             "it is no JSON",
		`{}`:                                "an object is empty",
		`{"a": {}}`:                         "a: an object is empty",
		`{"a": []}`:                         "a: a list is empty",
		`{"a": "b"}`:                        `a: want an object or a list, such as ["b"]`,
		`{"a": [["b"]]}`:                    "a: a list in a list",
		`{"a": {"b": [{"contains": "x"}]}}`: `a.b: the operator "contains" is not known here: want one of exists, anything-but, cidr`,
		`{"a": [{"prefix": "x", "suffix": "y"}]}`:     "want one operator",
		`{"a": [{"prefix": 1}]}`:                      `a: prefix: want a string`,
		`{"a": [{"exists": "yes"}]}`:                  "a: exists: want true or false",
		`{"a": [{"numeric": [">", 1, ">", 2]}]}`:      "a: numeric: want a comparison",
		`{"a": [{"numeric": ["!", 1]}]}`:              "a: numeric: want a comparison",
		`{"a": [{"numeric": [">", "1"]}]}`:            "a: numeric: want a comparison",
		`{"a": [{"numeric": [">", 6e9]}]}`:            "6e9 is not between",
		`{"a": [{"cidr": "10.0.0.0"}]}`:               "want a range of addresses",
		`{"a": [{"wildcard": "a**"}]}`:                "two wildcards one after the other",
		`{"a": [{"wildcard": "a\\b"}]}`:               "a backslash may only come before",
		`{"a": [{"anything-but": []}]}`:               "a list is empty",
		`{"a": [{"anything-but": [null]}]}`:           "want a string, a number, or a list of them",
		`{"a": [{"anything-but": {"numeric": [1]}}]}`: "is not known here",
		`{"$or": [{"a": [1]}]}`:                       "$or: want two objects or more",
		`{"b": {"$or": [{"a": [1]}, "x"]}}`:           `b: $or: "x": want an object`,
	} {
		if _, err := ParsePattern(json.RawMessage(pattern)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", pattern, err, want)
		}
	}
}

// Cases of the Lambda Developer Guide, "Using event filtering with an Amazon SQS
// event source" and "Using event filtering with a DynamoDB event source".
func TestFiltersKeepWhatAnyOfThemMatches(t *testing.T) {
	message := func(body string) string {
		text, _ := json.Marshal(body)
		return `{"eventSource": "aws:sqs", "body": ` + string(text) + `}`
	}
	for _, c := range []struct {
		name    string
		filters []string
		record  string
		want    bool
	}{
		{"none", nil, message("anything"), true},
		{"a field of the body", []string{`{"body": {"RequestCode": ["BBBB"]}}`}, message(`{"RequestCode": "BBBB", "RecordNumber": 1}`), true},
		{"another value", []string{`{"body": {"RequestCode": ["BBBB"]}}`}, message(`{"RequestCode": "AAAA"}`), false},
		{"a number of the body", []string{`{"body": {"RecordNumber": [{"numeric": [">", 9999]}]}}`}, message(`{"RecordNumber": 10000}`), true},
		{"a text for a body of JSON", []string{`{"body": [{"prefix": "{"}]}`}, message(`{"a": 1}`), false},
		{"JSON for a body of text", []string{`{"body": {"a": [1]}}`}, message("a"), false},
		{"a text for a body of text", []string{`{"body": [{"prefix": "Result"}]}`}, message("Result: 5"), true},
		{"any of two", []string{`{"body": ["a"]}`, `{"body": ["b"]}`}, message("b"), true},
		{"none of two", []string{`{"body": ["a"]}`, `{"body": ["b"]}`}, message("c"), false},
		{"an event of a stream", []string{`{"eventName": ["MODIFY"]}`}, `{"eventName": "MODIFY", "dynamodb": {}}`, true},
		{"a key of a stream", []string{`{"dynamodb": {"Keys": {"CustomerName": {"S": ["AAAA"]}}}}`}, `{"dynamodb": {"Keys": {"CustomerName": {"S": "AAAA"}}}}`, true},
		{"what a stream has not", []string{`{"dynamodb": {"OldImage": {"order": {"S": [{"exists": false}]}}}}`}, `{"dynamodb": {"NewImage": {}}}`, true},
		{"a number of a stream is a text", []string{`{"dynamodb": {"NewImage": {"n": {"N": [{"numeric": ["=", 5]}]}}}}`}, `{"dynamodb": {"NewImage": {"n": {"N": "5"}}}}`, false},
	} {
		filters, err := ParseFilters(c.filters)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := filters.Match([]byte(c.record)); got != c.want {
			t.Errorf("%s: %v matches %s: %v, want %v", c.name, c.filters, c.record, got, c.want)
		}
	}
}

func TestFiltersHaveFewerOperatorsThanRules(t *testing.T) {
	for _, pattern := range []string{`{"a": [{"wildcard": "b*"}]}`, `{"a": [{"anything-but": {"prefix": "b"}}]}`, `{"a": [{"cidr": "10.0.0.0/8"}]}`} {
		if _, err := ParseFilters([]string{`{"b": [1]}`, pattern}); err == nil || !strings.Contains(err.Error(), "filter 2: event pattern: a: ") {
			t.Errorf("%s: %v, want an error that names the filter and the field", pattern, err)
		}
	}
}

// A pattern either is refused or can be judged against any event; and where two
// wildcard patterns say the same, they match the same.
func FuzzPattern(f *testing.F) {
	f.Add(`{"source": ["aws.s3"], "detail": {"object": {"key": [{"prefix": "a"}, {"exists": false}]}}}`, created)
	f.Add(`{"$or": [{"a": [{"numeric": [">", 0]}]}, {"b": [{"anything-but": ["x", 1]}]}]}`, `{"a": [1, [2, {"b": null}]]}`)
	f.Add(`{"a": [{"wildcard": "*x\\*y*"}]}`, `{"a": "ax*yb"}`)
	f.Fuzz(func(t *testing.T, pattern, event string) {
		p, err := ParsePattern(json.RawMessage(pattern))
		if err != nil {
			return
		}
		got := p.MatchJSON([]byte(event))
		if again := p.MatchJSON([]byte(event)); got != again {
			t.Errorf("%s and %s: %v, and then %v", pattern, event, got, again)
		}
		if !json.Valid([]byte(event)) && got {
			t.Errorf("%s matches what is no JSON: %s", pattern, event)
		}
		// A pattern and the same in a list of events: a list matches where one of it does.
		if in := p.MatchJSON([]byte("[" + event + "]")); json.Valid([]byte(event)) && in != got {
			t.Errorf("%s: %s alone %v, in a list %v", pattern, event, got, in)
		}
	})
}

// A slow matcher of wildcards, by which the fast one is held.
func slowWildcard(pattern, text string) bool {
	switch {
	case pattern == "":
		return text == ""
	case pattern[0] == '*':
		return slowWildcard(pattern[1:], text) || text != "" && slowWildcard(pattern, text[1:])
	case pattern[0] == '\\':
		return text != "" && text[0] == pattern[1] && slowWildcard(pattern[2:], text[1:])
	}
	return text != "" && text[0] == pattern[0] && slowWildcard(pattern[1:], text[1:])
}

func FuzzWildcard(f *testing.F) {
	f.Add("a*b", "ab")
	f.Add(`\**a*a*`, "*aa")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		match, err := wildcards(pattern)
		if err != nil || strings.Count(pattern, "*") > 4 || len(text) > 30 {
			return
		}
		if got, want := match(text), slowWildcard(pattern, text); got != want {
			t.Errorf("%q and %q: %v, want %v", pattern, text, got, want)
		}
	})
}
