package rules

import (
	"strings"
)

var loops = []Rule{{
	ID:     "AX102",
	Title:  "a function may write what it is called for, so that each of its calls would make the next",
	Fix:    "have it write to another folder, table or queue, and be granted no more; where something else ends the loop, except the mapping or the rule with that reason",
	Source: "Lambda, Recursive loop detection (which sees those over SQS, SNS and S3, after 16 rounds, and none over a table)",
	check:  selfCalling,
}}

func selfCalling(set *Set) (findings []Finding) {
	for _, mapping := range set.all(sourceMappingType) {
		function := mapping.Stack.function(mapping.property("FunctionName"))
		if function == nil || function.role() == nil {
			continue
		}
		may := grantsOf(function.role())
		if table := mapping.readsTable(); table != nil && may.any(table.arn(), "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem") {
			findings = append(findings, mapping.finding("EventSourceArn", "%s may write to %s", function.Path, table.Path))
		}
		if queue := mapping.readsQueue(); queue != nil && may.any(queue.arn(), "sqs:SendMessage") {
			findings = append(findings, mapping.finding("EventSourceArn", "%s may send to %s", function.Path, queue.Path))
		}
	}
	for _, rule := range set.all(eventRuleType) {
		uploads := rule.uploads()
		for _, function := range rule.functions() {
			if function.role() == nil {
				continue
			}
			for _, bucket := range uploads.buckets {
				if key := uploads.written(grantsOf(function.role()), bucket); key != "" {
					findings = append(findings, rule.finding("EventPattern", "%s may write %s of %s", function.Path, key, bucket.Path))
				}
			}
		}
	}
	return findings
}

// any tells whether a role is known to be allowed one of some actions.
func (g grantSet) any(resource string, actions ...string) bool {
	for _, action := range actions {
		for _, granted := range g.statements {
			if grants(granted.stack, granted.statement, action, resource) {
				return true
			}
		}
	}
	return false
}

// uploads are the objects whose upload a rule takes.
type uploads struct {
	buckets []*Resource
	keys    []key
}

// A key is what the names of objects begin and end with.
type key struct{ prefix, suffix string }

// uploads reads a rule's pattern, if it is on events of S3.
func (r *Resource) uploads() (found uploads) {
	pattern := r.property("EventPattern")
	sources := texts(at(pattern, "source"))
	if len(sources) != 1 || sources[0] != "aws.s3" {
		return found
	}
	for _, name := range list(at(pattern, "detail", "bucket", "name")) {
		if bucket := r.Stack.target(name); bucket != nil {
			found.buckets = append(found.buckets, bucket)
		}
	}
	keys := list(at(pattern, "detail", "object", "key"))
	if len(keys) == 0 {
		found.keys = []key{{}}
	}
	for _, condition := range keys {
		if prefix, ok := at(condition, "prefix").(string); ok {
			found.keys = append(found.keys, key{prefix, ""})
		}
		if suffix, ok := at(condition, "suffix").(string); ok {
			found.keys = append(found.keys, key{"", suffix})
		}
		if pattern, ok := at(condition, "wildcard").(string); ok {
			found.keys = append(found.keys, asKey(pattern))
		}
	}
	return found
}

// asKey takes of a pattern what is before its first * and after its last.
func asKey(pattern string) key {
	first, last := strings.Index(pattern, "*"), strings.LastIndex(pattern, "*")
	if first < 0 {
		return key{pattern, pattern}
	}
	return key{pattern[:first], pattern[last+1:]}
}

// meets tells whether an object may have a name of both.
func (k key) meets(other key) bool {
	return (strings.HasPrefix(k.prefix, other.prefix) || strings.HasPrefix(other.prefix, k.prefix)) &&
		(strings.HasSuffix(k.suffix, other.suffix) || strings.HasSuffix(other.suffix, k.suffix))
}

// written gives what of a bucket a role may write that the rule takes, or "".
func (u uploads) written(may grantSet, bucket *Resource) string {
	for _, granted := range may.statements {
		for _, resource := range list(at(granted.statement, "Resource")) {
			text := granted.stack.Text(resource)
			name, ok := strings.CutPrefix(text, bucket.arn()+"/")
			if text == "*" {
				name, ok = "*", true
			}
			if !ok || !grants(granted.stack, granted.statement, "s3:PutObject", text) {
				continue
			}
			for _, key := range u.keys {
				if key.meets(asKey(name)) {
					return name
				}
			}
		}
	}
	return ""
}

// functions are those that a rule calls, by itself or over a queue.
func (r *Resource) functions() (called []*Resource) {
	for _, target := range list(r.property("Targets")) {
		if function := r.Stack.function(at(target, "Arn")); function != nil {
			called = append(called, function)
		}
		queue := r.Stack.target(at(target, "Arn"))
		for _, mapping := range r.Stack.set.all(sourceMappingType) {
			if function := mapping.Stack.function(mapping.property("FunctionName")); queue != nil && mapping.readsQueue() == queue && function != nil {
				called = append(called, function)
			}
		}
	}
	return called
}
