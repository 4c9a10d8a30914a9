package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

var concurrency = []Rule{
	{
		ID:     "AX070",
		Title:  "the functions of a region reserve more executions than the account can give",
		Fix:    "reserve less, or have AWS raise the account's quota and enter it in the stage's ConcurrencyLimit: 100 stay for functions that reserve none",
		Source: "Lambda, Configuring reserved concurrency for a function",
		check:  reserved,
	},
	{
		ID:     "AX071",
		Title:  "a function's aliases have more environments provisioned than it may run",
		Fix:    "raise the function's reserved concurrency, or provision less",
		Source: "Lambda, Configuring provisioned concurrency for a function",
		check:  each(provisioned, functionType),
	},
}

// reserved is of all stacks together, so it is reported where the most is.
func reserved(set *Set) (findings []Finding) {
	sums, largest := map[string]float64{}, map[string]*Resource{}
	for _, function := range set.all(functionType) {
		n, _ := function.number("ReservedConcurrentExecutions")
		place := function.Stack.place()
		sums[place] += n
		if most := largest[place]; most == nil || n > must(most.number("ReservedConcurrentExecutions")) {
			largest[place] = function
		}
	}
	for _, place := range slices.Sorted(maps.Keys(sums)) {
		if room := max(set.ConcurrencyLimit-100, 0); sums[place] > float64(room) {
			findings = append(findings, largest[place].finding("ReservedConcurrentExecutions",
				"%v of %d in %s", sums[place], room, largest[place].Stack.Region))
		}
	}
	return findings
}

// must drops whether there was a number: none counts as 0.
func must(n float64, _ bool) float64 { return n }

func provisioned(function *Resource) []Finding {
	most, ok := function.number("ReservedConcurrentExecutions")
	if !ok {
		return nil
	}
	var sum float64
	var parts []string
	for _, resourceType := range []string{aliasType, versionType} {
		for _, r := range function.Stack.all(resourceType) {
			n, ok := r.number("ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions")
			if ok && r.target("FunctionName") == function {
				sum += n
				parts = append(parts, fmt.Sprintf("%v for %s", n, r.Path))
			}
		}
	}
	if sum <= most {
		return nil
	}
	return []Finding{function.finding("ReservedConcurrentExecutions", "%s, but %v reserved", strings.Join(parts, " and "), most)}
}
