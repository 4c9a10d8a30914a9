package rules

var queueExamples = []example{
	{
		name:   "no dead letters",
		stacks: but(`, "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}, "maxReceiveCount": 5}`, ``),
		want:   []string{"AX106 shop/Queue: shop/Uploads reads it"},
	},
	{
		name:   "dead letters that are kept for as long as the queue keeps messages",
		stacks: but(`"MessageRetentionPeriod": 1209600`, ``),
		want:   []string{"AX107 shop/DeadLetters: 345600 s, and shop/Queue has 345600 s"},
	},
	{
		name:   "few tries",
		stacks: but(`"maxReceiveCount": 5`, `"maxReceiveCount": 4`),
		want:   []string{"AX108 shop/Queue: 4"},
	},
	{
		name:   "a queue that lets in another rule",
		stacks: but(`"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}`, `"aws:SourceArn": {"Fn::GetAtt": ["Other", "Arn"]}`),
		want:   []string{"AX112 shop/Rule: the policy of shop/Queue does not let it in"},
	},
	{
		name:   "a queue that lets in another service",
		stacks: but(`"Service": "events.amazonaws.com"`, `"Service": "s3.amazonaws.com"`),
		want:   []string{"AX112 shop/Rule: the policy of shop/Queue does not let it in"},
	},
	{
		name:   "a queue that lets in every rule of the account",
		stacks: but(`"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}}`, `"StringEquals": {"aws:SourceAccount": "111122223333"}`),
	},
	{
		name:   "dead letters that do not let the rule in",
		stacks: but(`"Targets": [{`, `"Targets": [{"DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}}, `),
		want:   []string{"AX112 shop/Rule: the policy of shop/DeadLetters does not let it in"},
	},
	{
		name:   "KMS's key for SQS",
		stacks: but(`"VisibilityTimeout": 60`, `"KmsMasterKeyId": "alias/aws/sqs", "VisibilityTimeout": 60`),
		want:   []string{"AX112 shop/Rule: shop/Queue is encrypted with KMS's key for SQS"},
	},
}

var grantExamples = []example{
	{
		name:   "a queue that the function's role may not read",
		stacks: but(`"sqs:ReceiveMessage", "sqs:DeleteMessage"`, `"sqs:ReceiveMessage"`),
		want:   []string{"AX111 shop/Uploads: shop/IndexerRole has no sqs:DeleteMessage on ${shop/Queue.Arn}"},
	},
	{
		name:   "another's stream",
		stacks: but(`"dynamodb:ListStreams"], "Resource": {"Fn::GetAtt": ["Carts", "StreamArn"]}`, `"dynamodb:ListStreams"], "Resource": {"Fn::GetAtt": ["Orders", "StreamArn"]}`),
		want:   []string{"AX111 shop/Changes: shop/LearnerRole has no dynamodb:DescribeStream, dynamodb:GetRecords, dynamodb:GetShardIterator, dynamodb:ListStreams on ${shop/Carts.StreamArn}"},
	},
	{
		name: "dead letters that neither role may send to",
		stacks: but(
			`"Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["GivenUp", "Arn"]}`, `"Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Others", "Arn"]}`,
			`"Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["GivenUp", "Arn"]}`, `"Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Others", "Arn"]}`),
		want: []string{
			"AX111 shop/Changes: shop/LearnerRole has no sqs:SendMessage on ${shop/GivenUp.Arn}",
			"AX111 shop/LearnerCalls: shop/LearnerRole has no sqs:SendMessage on ${shop/GivenUp.Arn}",
			"AX111 shop/Nightly: shop/NightlyRole has no sqs:SendMessage on ${shop/GivenUp.Arn}",
		},
	},
	{
		name:   "a schedule that may call the function, and not its alias",
		stacks: but(`"Action": "lambda:InvokeFunction", "Resource": {"Ref": "LearnerLive"}`, `"Action": "lambda:InvokeFunction", "Resource": {"Fn::GetAtt": ["Learner", "Arn"]}`),
		want:   []string{"AX111 shop/Nightly: shop/NightlyRole has no lambda:InvokeFunction on ${shop/LearnerLive}"},
	},
	{
		name: "a policy of AWS's own, which may have it",
		stacks: but(`"sqs:ReceiveMessage", "sqs:DeleteMessage"`, `"sqs:ReceiveMessage"`,
			`"IndexerRole": {"Type": "AWS::IAM::Role", "Properties": {`, `"IndexerRole": {"Type": "AWS::IAM::Role", "Properties": {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"]`),
	},
}

var patternExamples = []example{
	{
		name:   "a value that is no list",
		stacks: but(`{\"eventName\": [\"MODIFY\"]}`, `{\"eventName\": \"MODIFY\"}`),
		want:   []string{`AX114 shop/Changes: of {"eventName": "MODIFY"}, eventName is MODIFY, and no list`},
	},
	{
		name:   "no JSON",
		stacks: but(`{\"eventName\": [\"MODIFY\"]}`, `eventName = MODIFY`),
		want:   []string{`AX114 shop/Changes: eventName = MODIFY is no JSON`},
	},
	{
		name:   "an empty list",
		stacks: but(`"detail-type": ["Object Created"]`, `"detail-type": []`),
		want:   []string{`AX114 shop/Rule: detail-type may be nothing`},
	},
	{
		name:   "an empty object",
		stacks: but(`{\"eventName\": [\"MODIFY\"]}`, `{\"dynamodb\": {}}`),
		want:   []string{`AX114 shop/Changes: of {"dynamodb": {}}, dynamodb is empty`},
	},
}
