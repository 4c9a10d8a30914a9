package iam

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// Whatever a policy says, it must parse or be refused without a panic, a deny
// of everything must win over it, and a statement that cannot be judged must
// change nothing.
func FuzzPolicy(f *testing.F) {
	f.Add([]byte(`{"Statement":[{"Effect":"Allow","Action":["s3:Get*"],"NotResource":"x","Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}`), "s3:GetObject", "arn:aws:s3:::b/k")
	f.Add([]byte(`{"Statement":{"Effect":"Deny","NotAction":"s3:*","Resource":"*","Principal":{"AWS":["*"],"Service":"x"}}}`), "dynamodb:Query", "*")
	f.Add([]byte(`{"Statement":{"Effect":"Allow","Action":"*","Resource":[{},"a"]}}`), "a", "a")
	deny := parse(f, `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`)
	f.Fuzz(func(t *testing.T, document []byte, action, resource string) {
		p, err := Parse(document)
		if err != nil {
			return
		}
		r := Request{Principal: role, Action: action, Resource: resource, Context: map[string]string{"aws:securetransport": "true"}}
		if got := Evaluate(Policies{Identity: []*Policy{p, deny}}, r); got != IdentityDenies {
			t.Errorf("with a deny of everything: got %d", got)
		}
		judged := &Policy{}
		for _, s := range p.Statements {
			if len(s.Unsupported) == 0 {
				judged.Statements = append(judged.Statements, s)
			}
		}
		policies, without := Policies{Identity: []*Policy{p}, Resource: p}, Policies{Identity: []*Policy{judged}, Resource: judged}
		if got, want := Evaluate(policies, r), Evaluate(without, r); got != want {
			t.Errorf("with statements that cannot be judged: got %d, without %d", got, want)
		}
	})
}

// FuzzEvaluate compares the evaluator with the rules of the IAM User Guide
// written down as they are read, without care for speed. The choices make
// policies of few words, so that they are about the request often.
func FuzzEvaluate(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte("\x01\x02\x03\x01\x01\x00\x02\x05\x01\x02\x00\x01\x03"))
	f.Add([]byte("a policy of two statements that are about one thing"))
	f.Fuzz(func(t *testing.T, choices []byte) {
		pick := func(from ...string) string {
			if len(choices) == 0 {
				return from[0]
			}
			chosen := from[int(choices[0])%len(from)]
			choices = choices[1:]
			return chosen
		}
		action := func() string {
			return pick("s3:GetObject", "s3:*", "s3:Get*", "S3:getobject", "*", "s3:?etObject", "dynamodb:GetItem", "s3:")
		}
		resource := func() string {
			return pick("arn:aws:s3:::b/k", "arn:aws:s3:::b/*", "*", "arn:aws:s3:::b", "arn:aws:s3:::b/K", "arn:aws:s3:::?/k", "")
		}
		r := Request{Principal: role, Action: pick("s3:GetObject", "dynamodb:GetItem", "s3:PutObject"), Resource: pick("arn:aws:s3:::b/k", "arn:aws:s3:::b", "*"), Context: map[string]string{}}
		if value := pick("", "k", "K", "5", "5.0", "-1"); value != "" {
			r.Context["s3:prefix"] = value
		}
		var list [2][]map[string]any // of the role and of the resource
		for len(choices) > 0 && len(list[0])+len(list[1]) < 5 {
			s := map[string]any{"Effect": pick("Allow", "Deny"), pick("Action", "NotAction"): []string{action(), action()}, pick("Resource", "NotResource"): resource()}
			if pick("", "condition") != "" {
				operator := pick("", "ForAnyValue:", "ForAllValues:") + pick("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "NumericLessThan", "NumericGreaterThanEquals", "NumericNotEquals") + pick("", "IfExists")
				s["Condition"] = map[string]any{operator: map[string]any{"S3:Prefix": []string{pick("k", "K", "*", "?", "5", "1e1"), pick("k", "0", "x*")}}}
			}
			if pick("identity", "resource") == "resource" {
				s["Principal"] = map[string]any{pick("AWS", "Service"): pick("*", roleARN, "111111111111", "222222222222", "cloudfront.amazonaws.com")}
				list[1] = append(list[1], s)
			} else {
				list[0] = append(list[0], s)
			}
		}
		var policies Policies
		for i, statements := range list {
			if len(statements) == 0 {
				continue
			}
			document, err := json.Marshal(map[string]any{"Statement": statements})
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				policies.Identity = []*Policy{parse(t, string(document))}
			} else {
				policies.Resource = parse(t, string(document))
			}
		}
		want := NotAllowed
		switch {
		case applies(list[0], "Deny", r):
			want = IdentityDenies
		case applies(list[1], "Deny", r):
			want = ResourceDenies
		case applies(list[0], "Allow", r), applies(list[1], "Allow", r):
			want = Allowed
		}
		if got := Evaluate(policies, r); got != want {
			t.Errorf("%+v\nof the role %v\nof the resource %v\ngot %d, want %d", r, list[0], list[1], got, want)
		}
	})
}

// applies says whether a statement of the effect is about the request.
func applies(statements []map[string]any, effect string, r Request) bool {
	like := func(pattern, text, flags string) bool {
		quoted := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
		return regexp.MustCompile(`^(?s` + flags + `:` + quoted + `)$`).MatchString(text)
	}
	for _, s := range statements {
		about := s["Effect"] == effect
		for _, name := range []string{"Action", "NotAction"} {
			if list, ok := s[name].([]string); ok {
				about = about && (like(list[0], r.Action, "i") || like(list[1], r.Action, "i")) == (name == "Action")
			}
		}
		for _, name := range []string{"Resource", "NotResource"} {
			if pattern, ok := s[name].(string); ok {
				about = about && like(pattern, r.Resource, "") == (name == "Resource")
			}
		}
		if principal, ok := s["Principal"].(map[string]any); ok {
			who := principal["AWS"]
			about = about && (who == "*" || who == roleARN || who == "111111111111" && effect == "Deny")
		}
		conditions, _ := s["Condition"].(map[string]any)
		for operator, keys := range conditions {
			got, there := r.Context["s3:prefix"]
			about = about && conditionHolds(operator, keys.(map[string]any)["S3:Prefix"].([]string), got, there, like)
		}
		if about {
			return true
		}
	}
	return false
}

// conditionHolds is the page "IAM JSON policy elements: Condition operators",
// and "Condition operators for multiple context keys" for sets.
func conditionHolds(operator string, want []string, got string, there bool, like func(pattern, text, flags string) bool) bool {
	operator, ifExists := strings.CutSuffix(operator, "IfExists")
	operator, all := strings.CutPrefix(operator, "ForAllValues:")
	operator, some := strings.CutPrefix(operator, "ForAnyValue:")
	not := strings.Contains(operator, "Not")
	if !there {
		return ifExists || all || not && !some
	}
	number := func(text string) (n float64, ok bool) { return n, json.Unmarshal([]byte(text), &n) == nil }
	for _, w := range want {
		match := false
		w64, isNumber := number(w)
		g64, alsoNumber := number(got)
		switch strings.Replace(operator, "Not", "", 1) {
		case "StringEquals":
			match = w == got
		case "StringEqualsIgnoreCase":
			match = strings.EqualFold(w, got)
		case "StringLike":
			match = like(w, got, "")
		case "NumericEquals":
			match = isNumber && alsoNumber && g64 == w64
		case "NumericLessThan":
			match = isNumber && alsoNumber && g64 < w64
		case "NumericGreaterThanEquals":
			match = isNumber && alsoNumber && g64 >= w64
		}
		if match {
			return !not
		}
	}
	return not
}
