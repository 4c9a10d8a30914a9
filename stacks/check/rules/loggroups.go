package rules

import (
	"slices"
	"strings"
)

const logGroupType = "AWS::Logs::LogGroup"

var logGroups = []Rule{
	{
		ID:     "AX053",
		Title:  "the log group's key is of another region",
		Fix:    "give it a key of its own region",
		Source: "CloudWatch Logs, Encrypt log data in CloudWatch Logs using AWS KMS",
		check:  each(logKeyRegion, logGroupType),
	},
	{
		ID:     "AX054",
		Title:  "the log group's key does not let CloudWatch Logs use it",
		Fix:    "allow the service logs.<region>.amazonaws.com to encrypt and decrypt in the key's policy",
		Source: "CloudWatch Logs, Encrypt log data in CloudWatch Logs using AWS KMS",
		check:  each(logKeyPolicy, logGroupType),
	},
}

func logKeyRegion(r *Resource) []Finding {
	region := ""
	if key := r.target("KmsKeyId"); key != nil {
		region = key.Stack.Region
	} else if parts := strings.Split(r.text("KmsKeyId"), ":"); len(parts) > 3 {
		region = parts[3]
	}
	if region == "" || region == r.Stack.Region {
		return nil
	}
	return []Finding{r.finding("KmsKeyId", "it is in %s, the log group in %s", region, r.Stack.Region)}
}

func logKeyPolicy(r *Resource) []Finding {
	key := r.target("KmsKeyId")
	if key == nil || key.Type != "AWS::KMS::Key" {
		return nil
	}
	want := "logs." + r.Stack.Region + ".amazonaws.com"
	for _, statement := range list(key.property("KeyPolicy", "Statement")) {
		for _, service := range list(at(statement, "Principal", "Service")) {
			if at(statement, "Effect") == "Allow" && slices.Contains([]string{want, "logs.amazonaws.com"}, key.Stack.Text(service)) {
				return nil
			}
		}
	}
	return []Finding{r.finding("KmsKeyId", "%s allows %s nothing", key.Path, want)}
}
