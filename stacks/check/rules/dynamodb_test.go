package rules

const recoverable = `"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true}`

// table is one of a type, with properties, and kept or not.
func table(kind, properties, policies string) string {
	return `{"Type": "AWS::DynamoDB::` + kind + `", "Properties": {` + properties + `}` + policies + `}`
}

var dynamoDBExamples = []example{
	{
		name: "kept and recoverable",
		stacks: []*Stack{in("eu-west-1", "cart", `{
			"A": `+table("GlobalTable", `"Replicas": [{"Region": "eu-west-1", `+recoverable+`}]`, `, "DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"`)+`,
			"B": `+table("Table", recoverable, `, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"`)+`}`)},
	},
	{
		name: "a replica that is not recoverable",
		stacks: []*Stack{in("eu-west-1", "cart", `{
			"A": `+table("GlobalTable", `"Replicas": [{"Region": "eu-west-1", `+recoverable+`}, {"Region": "us-east-1"}]`, `, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"`)+`,
			"B": `+table("Table", `"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": false}`, `, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"`)+`}`)},
		want: []string{
			"AX090 cart/B: it has no recovery",
			"AX090 cart/A: its replica in us-east-1 has no recovery",
		},
	},
	{
		name: "not kept",
		stacks: []*Stack{in("eu-west-1", "cart", `{
			"A": `+table("GlobalTable", `"Replicas": [{"Region": "eu-west-1", `+recoverable+`}]`, ``)+`,
			"B": `+table("Table", recoverable, `, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Delete"`)+`}`)},
		want: []string{
			"AX091 cart/A: its DeletionPolicy is not set, so Delete",
			"AX091 cart/A: its UpdateReplacePolicy is not set, so Delete",
			"AX091 cart/B: its UpdateReplacePolicy is Delete",
		},
	},
}
