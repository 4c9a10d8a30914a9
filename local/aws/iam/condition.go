package iam

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"annex/local/wildcard"
)

// Condition is one operator with one key of a statement's Condition element.
// All of a statement's conditions must hold.
type Condition struct {
	Set      string // ForAllValues or ForAnyValue; mostly empty
	Operator string // without IfExists, such as StringEquals
	IfExists bool
	Key      string // lower case, such as aws:sourcearn
	Values   []string
}

// knownKey says whether requests here carry the condition key where AWS's
// would. Keys are compared without case.
func knownKey(key string) bool {
	switch key {
	case "aws:securetransport", "aws:sourcearn", "aws:sourceaccount", "aws:requestedregion",
		"aws:principalarn", "aws:principalaccount", "aws:resourceaccount",
		"s3:prefix", "s3:delimiter", "s3:tlsversion",
		"secretsmanager:secretid", "secretsmanager:versionid", "secretsmanager:versionstage":
		return true
	}
	return strings.HasPrefix(key, "s3:x-amz-") // a header of that name
}

func parseConditions(raw map[string]map[string]any) (conditions []Condition, unsupported []string, err error) {
	for _, operator := range slices.Sorted(maps.Keys(raw)) {
		name, ifExists := strings.CutSuffix(operator, "IfExists")
		for _, key := range slices.Sorted(maps.Keys(raw[operator])) {
			values, left := conditionValues(raw[operator][key])
			if len(values) == 0 && len(left) == 0 {
				return nil, nil, fmt.Errorf("Condition: %s: %s has no value", operator, key)
			}
			for _, what := range left {
				unsupported = append(unsupported, "Condition: "+key+": "+what)
			}
			set, name := setOperator(name)
			if match, _ := operatorOf(name); match == nil || set != "" && name == "Null" {
				unsupported = append(unsupported, "Condition: "+operator)
			}
			if !knownKey(strings.ToLower(key)) {
				unsupported = append(unsupported, "Condition: "+key)
			}
			conditions = append(conditions, Condition{Set: set, Operator: name, IfExists: ifExists, Key: strings.ToLower(key), Values: values})
		}
	}
	return conditions, unsupported, nil
}

// conditionValues also takes booleans and numbers without their quotes.
func conditionValues(v any) (values, unsupported []string) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, element := range list {
		switch element := element.(type) {
		case string:
			if strings.Contains(element, "${") {
				unsupported = append(unsupported, "policy variables")
			}
			values = append(values, element)
		case bool:
			values = append(values, strconv.FormatBool(element))
		case float64:
			values = append(values, strconv.FormatFloat(element, 'f', -1, 64))
		default:
			unsupported = append(unsupported, "a value that has no meaning here")
		}
	}
	return values, unsupported
}

// setOperator parts ForAllValues: and ForAnyValue: from an operator.
func setOperator(operator string) (set, rest string) {
	for _, set := range []string{"ForAllValues", "ForAnyValue"} {
		if rest, ok := strings.CutPrefix(operator, set+":"); ok {
			return set, rest
		}
	}
	return "", operator
}

// holds says whether the condition holds for the request's context. A key
// that the request does not have makes a condition fail, except with IfExists,
// with the negated operators, and where all of no values are asked for. Requests
// have one value of each key here, so a set of them is that one.
func (c Condition) holds(context map[string]string) bool {
	got, present := context[c.Key]
	if c.Operator == "Null" {
		got, present = strconv.FormatBool(!present), true
	}
	match, negated := operatorOf(c.Operator)
	if match == nil {
		return false
	}
	if !present {
		return c.IfExists || c.Set == "ForAllValues" || negated && c.Set == ""
	}
	return slices.ContainsFunc(c.Values, func(want string) bool { return match(want, got) }) != negated
}

// operatorOf compares a policy's value with a request's; negated is for the
// operators with Not. An operator that the evaluator does not know gives nil.
func operatorOf(operator string) (match func(want, got string) bool, negated bool) {
	switch operator {
	case "StringEquals":
		return equal, false
	case "StringNotEquals":
		return equal, true
	case "StringEqualsIgnoreCase", "Bool", "Null":
		return strings.EqualFold, false
	case "StringNotEqualsIgnoreCase":
		return strings.EqualFold, true
	case "StringLike":
		return wildcard.Match, false
	case "StringNotLike":
		return wildcard.Match, true
	case "ArnEquals", "ArnLike":
		return wildcard.MatchARN, false
	case "ArnNotEquals", "ArnNotLike":
		return wildcard.MatchARN, true
	case "NumericEquals":
		return numeric(func(order int) bool { return order == 0 }), false
	case "NumericNotEquals":
		return numeric(func(order int) bool { return order == 0 }), true
	case "NumericLessThan":
		return numeric(func(order int) bool { return order < 0 }), false
	case "NumericLessThanEquals":
		return numeric(func(order int) bool { return order <= 0 }), false
	case "NumericGreaterThan":
		return numeric(func(order int) bool { return order > 0 }), false
	case "NumericGreaterThanEquals":
		return numeric(func(order int) bool { return order >= 0 }), false
	}
	return nil, false
}

// numeric compares a request's number with a policy's. What is no number is
// nothing that they could compare.
func numeric(holds func(order int) bool) func(want, got string) bool {
	return func(want, got string) bool {
		w, err := strconv.ParseFloat(want, 64)
		g, failed := strconv.ParseFloat(got, 64)
		return err == nil && failed == nil && holds(cmp.Compare(g, w))
	}
}

func equal(want, got string) bool { return want == got }
