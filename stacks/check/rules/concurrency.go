package rules

import (
	"maps"
	"slices"
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
		ID:     "AX072",
		Title:  "the functions of a region reserve and provision more than the account can give",
		Fix:    "provision less, or have AWS raise the account's quota and enter it in the stage's ConcurrencyLimit: 100 stay for functions that neither reserve nor provision",
		Source: "Lambda, Configuring provisioned concurrency for a function",
		check:  reservedAndProvisioned,
	},
}

// places adds up what the functions of a region want, and finds the one that
// wants the most.
func places(set *Set, wants func(function *Resource) float64) (sums map[string]float64, largest map[string]*Resource) {
	sums, largest = map[string]float64{}, map[string]*Resource{}
	for _, function := range set.all(functionType) {
		n := wants(function)
		place := function.Stack.place()
		sums[place] += n
		if most := largest[place]; most == nil || n > wants(most) {
			largest[place] = function
		}
	}
	return sums, largest
}

// room is what functions may reserve and provision together: AWS keeps 100 for
// all others.
func (s *Set) room() float64 { return float64(max(s.ConcurrencyLimit-100, 0)) }

func reservedBy(function *Resource) float64 {
	n, _ := function.number("ReservedConcurrentExecutions")
	return n
}

// reserved is of all stacks together, so it is reported where the most is.
func reserved(set *Set) (findings []Finding) {
	sums, largest := places(set, reservedBy)
	for _, place := range slices.Sorted(maps.Keys(sums)) {
		if sums[place] > set.room() {
			findings = append(findings, largest[place].finding("ReservedConcurrentExecutions",
				"%v of %v in %s", sums[place], set.room(), largest[place].Stack.Region))
		}
	}
	return findings
}

// reservedAndProvisioned leaves what is reserved too much to the rule of that.
// What a function provisions is out of what it reserves, if it does.
func reservedAndProvisioned(set *Set) (findings []Finding) {
	provisionedAlone := func(function *Resource) float64 {
		if _, ok := function.number("ReservedConcurrentExecutions"); ok {
			return 0
		}
		n, _ := provisioned(function)
		return n
	}
	reserved, _ := places(set, reservedBy)
	sums, largest := places(set, provisionedAlone)
	for _, place := range slices.Sorted(maps.Keys(sums)) {
		if reserved[place] <= set.room() && reserved[place]+sums[place] > set.room() {
			findings = append(findings, largest[place].finding("", "%v reserved and up to %v provisioned, of %v in %s",
				reserved[place], sums[place], set.room(), largest[place].Stack.Region))
		}
	}
	return findings
}
