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
		check:  each(overReserved, functionType),
	},
	{
		ID:     "AX072",
		Title:  "the functions of a region reserve and provision more than the account can give",
		Fix:    "provision less, or have AWS raise the account's quota and enter it in the stage's ConcurrencyLimit: 100 stay for functions that neither reserve nor provision",
		Source: "Lambda, Configuring provisioned concurrency for a function",
		check:  reservedAndProvisioned,
	},
	{
		ID:     "AX073",
		Title:  "environments are provisioned for a version, where they stay, and are paid for, when the alias has moved on",
		Fix:    "provision them for the alias that is called (web.Concurrency)",
		Source: "Lambda, Configuring provisioned concurrency for a function",
		check:  each(provisionedVersion, versionType),
	},
	{
		ID:     "AX074",
		Title:  "an alias says how many environments it has, and something else scales them: each deployment sets them back",
		Fix:    "leave ProvisionedConcurrencyConfig out: the scalable target's MinCapacity stands for it",
		Source: "CloudFormation, AWS::Lambda::Alias: ProvisionedConcurrencyConfig",
		check:  each(fixedAndScaled, aliasType),
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

// provisioned is how many environments a function's aliases and versions may
// have, and how that comes about.
func provisioned(function *Resource) (sum float64, parts []string) {
	for _, resourceType := range []string{aliasType, versionType} {
		for _, r := range function.Stack.all(resourceType) {
			if r.target("FunctionName") != function {
				continue
			}
			n, _ := r.number("ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions")
			for _, scaling := range scalings(r) {
				n = max(n, scaling.most())
			}
			if n > 0 {
				sum += n
				parts = append(parts, fmt.Sprintf("%v for %s", n, r.Path))
			}
		}
	}
	return sum, parts
}

func overReserved(function *Resource) []Finding {
	most, ok := function.number("ReservedConcurrentExecutions")
	sum, parts := provisioned(function)
	if !ok || sum <= most {
		return nil
	}
	return []Finding{function.finding("ReservedConcurrentExecutions", "%s, but %v reserved", strings.Join(parts, " and "), most)}
}

func provisionedVersion(version *Resource) []Finding {
	n, ok := version.number("ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions")
	if !ok {
		return nil
	}
	return []Finding{version.finding("ProvisionedConcurrencyConfig", "%v", n)}
}

func fixedAndScaled(alias *Resource) (findings []Finding) {
	if n, ok := alias.number("ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions"); ok {
		for _, scaling := range scalings(alias) {
			findings = append(findings, alias.finding("ProvisionedConcurrencyConfig", "%v, and %s", n, scaling.Path))
		}
	}
	return findings
}

// scalings are what scales the environments of an alias, which they name by its
// ARN, or a part of it.
func scalings(alias *Resource) (found []*Resource) {
	for _, target := range alias.Stack.all("AWS::ApplicationAutoScaling::ScalableTarget") {
		if target.text("ScalableDimension") == "lambda:function:ProvisionedConcurrency" && slices.Contains(target.within("ResourceId"), alias) {
			found = append(found, target)
		}
	}
	return found
}

// within gives the resources that a property refers to, in whatever it takes
// them apart by.
func (r *Resource) within(property string) (found []*Resource) {
	walk(r.property(property), "", func(_ string, value any) {
		if function, ok := value.(map[string]any); ok && isIntrinsic(function) {
			found = append(found, r.Stack.targets(function)...)
		}
	})
	return found
}

// most is how far a scalable target ever goes.
func (r *Resource) most() float64 {
	most, _ := r.number("MaxCapacity")
	for _, action := range list(r.property("ScheduledActions")) {
		if n, ok := at(action, "ScalableTargetAction", "MaxCapacity").(float64); ok {
			most = max(most, n)
		}
	}
	return most
}
