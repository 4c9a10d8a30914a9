package rules

import "cmp"

const (
	globalTableType = "AWS::DynamoDB::GlobalTable"
	tableType       = "AWS::DynamoDB::Table"
)

var dynamoDB = []Rule{
	{
		ID:     "AX090",
		Title:  "the table cannot be brought back to a point in time",
		Fix:    "set PointInTimeRecoveryEnabled, of each replica",
		Source: "DynamoDB, Point-in-time backups",
		check:  recovery,
	},
	{
		ID:     "AX091",
		Title:  "the table goes with its stack",
		Fix:    "keep it: RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE",
		Source: "CloudFormation, DeletionPolicy and UpdateReplacePolicy attributes",
		check:  each(kept, globalTableType, tableType),
	},
}

func recovery(set *Set) (findings []Finding) {
	enabled := func(r *Resource, of any) bool {
		return r.Stack.Text(at(of, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")) == "true"
	}
	for _, r := range set.all(tableType) {
		if !enabled(r, r.Properties) {
			findings = append(findings, r.finding("PointInTimeRecoverySpecification", "it has no recovery"))
		}
	}
	for _, r := range set.all(globalTableType) {
		for _, replica := range list(r.property("Replicas")) {
			if !enabled(r, replica) {
				findings = append(findings, r.finding("Replicas", "its replica in %s has no recovery", r.Stack.Text(at(replica, "Region"))))
			}
		}
	}
	return findings
}

func kept(r *Resource) (findings []Finding) {
	for _, policy := range []struct{ name, value string }{
		{"DeletionPolicy", r.DeletionPolicy},
		{"UpdateReplacePolicy", r.UpdateReplacePolicy},
	} {
		if policy.value != "Retain" && policy.value != "RetainExceptOnCreate" {
			findings = append(findings, r.finding("", "its %s is %s", policy.name, cmp.Or(policy.value, "not set, so Delete")))
		}
	}
	return findings
}
