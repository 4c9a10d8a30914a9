package rules

import (
	"fmt"
	"slices"
	"strings"
)

var provisionedRules = []Rule{
	{
		ID:     "AX071",
		Title:  "a function's aliases have more environments provisioned than it may run",
		Fix:    "raise the function's reserved concurrency, or provision less",
		Source: "Lambda, Configuring provisioned concurrency for a function",
		check:  each(overReserved, functionType),
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
	{
		ID:     "AX078",
		Title:  "the environments of an alias scale, and its releases shift traffic: AWS refuses to change their number while the alias is weighted",
		Fix:    "release it all at once (Release: new(web.AllAtOnce()) of the service), or provision a fixed number",
		Source: "Lambda, API reference: PutProvisionedConcurrencyConfig (Alias with weights can not be used with Provisioned Concurrency)",
		check:  each(scaledAndShifted, aliasType),
	},
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

func scaledAndShifted(alias *Resource) (findings []Finding) {
	group := alias.deploymentGroup()
	if group == nil || !group.shiftsTraffic() {
		return nil
	}
	for _, scaling := range scalings(alias) {
		findings = append(findings, alias.finding("", "%s scales it, and %s shifts its traffic", scaling.Path, group.Path))
	}
	return findings
}

// shiftsTraffic tells whether a deployment group has two versions answer for a
// while. Without a configuration CodeDeploy has none.
func (r *Resource) shiftsTraffic() bool {
	if config := r.target("DeploymentConfigName"); config != nil {
		return config.text("TrafficRoutingConfig", "Type") != "AllAtOnce"
	}
	name := r.text("DeploymentConfigName")
	return name != "" && literal(name) && !strings.HasSuffix(name, "AllAtOnce")
}
