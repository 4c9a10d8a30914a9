package check

import (
	"cmp"
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/check/rules"
)

// plugin runs the rules when the CDK has written every template.
type plugin struct {
	rules   []rules.Rule
	options Options
}

func newPlugin(rules []rules.Rule, options Options) *plugin {
	options.ConcurrencyLimit = cmp.Or(options.ConcurrencyLimit, 1000)
	return &plugin{rules, options}
}

// Name is what the report says that a finding is from.
func (p *plugin) Name() *string { return jsii.String("annex") }

// Version is that of the rules, which change with the app.
func (p *plugin) Version() *string { return jsii.String("1.0.0") }

// RuleIds are the IDs of the rules.
func (p *plugin) RuleIds() *[]*string { //nolint:revive // the name that the CDK calls it by
	var ids []string
	for _, rule := range p.rules {
		ids = append(ids, rule.ID)
	}
	return jsii.Strings(ids...)
}

// Validate gives the report on the templates. It panics where it cannot read
// them, for the CDK takes no error: that ends the synth.
func (p *plugin) Validate(context awscdk.IPolicyValidationContext) *awscdk.PolicyValidationPluginReport {
	var templates []string
	for _, template := range *context.TemplatePaths() {
		templates = append(templates, *template)
	}
	set, err := rules.Read(templates, p.options.ConcurrencyLimit)
	if err != nil {
		panic(err)
	}
	return report(rules.Run(p.rules, set))
}

// report puts the findings as the CDK prints them: those that say the same are
// one, of several resources.
func report(findings []rules.Finding) *awscdk.PolicyValidationPluginReport {
	success := true
	violations := map[string]*awscdk.PolicyViolation{}
	for _, finding := range findings {
		success = success && finding.Rule.Warning
		key := finding.Rule.ID + ": " + finding.Message()
		if violations[key] == nil {
			violations[key] = &awscdk.PolicyViolation{
				RuleName:           jsii.String(finding.Rule.ID),
				Description:        jsii.String(finding.Message()),
				Fix:                jsii.String(finding.Rule.Fix + " (" + finding.Rule.Source + ")"),
				Severity:           severity(finding.Rule),
				ViolatingResources: &[]*awscdk.PolicyViolatingResource{},
			}
		}
		resources := violations[key].ViolatingResources
		*resources = append(*resources, where(finding))
	}
	sorted := []*awscdk.PolicyViolation{}
	for _, key := range slices.Sorted(maps.Keys(violations)) {
		sorted = append(sorted, violations[key])
	}
	return &awscdk.PolicyValidationPluginReport{Success: jsii.Bool(success), Violations: &sorted}
}

func where(finding rules.Finding) *awscdk.PolicyViolatingResource {
	if finding.Resource == nil {
		return &awscdk.PolicyViolatingResource{ConstructPath: jsii.String(finding.Stack.Name), Locations: jsii.Strings()}
	}
	place := &awscdk.PolicyViolatingResource{
		ResourceLogicalId: jsii.String(finding.Resource.LogicalID),
		TemplatePath:      jsii.String(finding.Resource.Stack.File),
		Locations:         jsii.Strings(),
	}
	if finding.Property != "" {
		place.Locations = jsii.Strings("Properties/" + finding.Property)
	}
	return place
}
