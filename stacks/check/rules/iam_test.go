package rules

func policy(id, statements string) string {
	return id + ` IAM::Policy {"PolicyDocument": {"Statement": [` + statements + `]}}`
}

var iamExamples = []example{
	{
		name: "actions by name",
		stacks: []*Stack{in("eu-west-1", "cart", resources(
			policy("A", `{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::bucket/*"}, {"Effect": "Allow", "Action": "xray:PutTraceSegments", "Resource": "*"}`),
			`B S3::BucketPolicy {"PolicyDocument": {"Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}}`))},
	},
	{
		name: "wildcards",
		stacks: []*Stack{in("eu-west-1", "cart", resources(
			policy("A", `{"Effect": "Allow", "Action": ["s3:GetObject*", "s3:List*"], "Resource": "arn:aws:s3:::bucket"}`),
			policy("B", `{"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:s3:::bucket"}`),
			`C IAM::Role {"Policies": [{"PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::bucket"}}}]}`,
			`D S3::BucketPolicy {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}}`))},
		want: []string{
			"AX080 cart/A: s3:GetObject*, s3:List*",
			"AX080 cart/B: all but some (NotAction)",
			"AX080 cart/C: *",
			"AX080 cart/D: s3:Get*",
		},
	},
	{
		name: "every resource",
		stacks: []*Stack{in("eu-west-1", "cart", resources(
			policy("A", `{"Effect": "Allow", "Action": ["xray:PutTraceSegments", "dynamodb:GetItem"], "Resource": ["*"]}`)))},
		want: []string{"AX081 cart/A: dynamodb:GetItem"},
	},
	{
		name: "an exception without a reason is none",
		stacks: []*Stack{in("eu-west-1", "cart", `{
			"A": {"Type": "AWS::IAM::Policy", "Metadata": {"cdk_nag": {"rules_to_suppress": [{"id": "AX080", "reason": "only a test"}]}},
				"Properties": {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::bucket"}]}}},
			"B": {"Type": "AWS::IAM::Policy", "Metadata": {"aws:cdk:path": "cart/Cart/Policy", "cdk_nag": {"rules_to_suppress": [{"id": "AX080"}]}},
				"Properties": {"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::bucket"}]}}}}`)},
		want: []string{"AX080 cart/Cart/Policy: s3:*"},
	},
}
