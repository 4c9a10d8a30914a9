package rules

var logGroupExamples = []example{
	{
		name: "a key that lets the service in",
		stacks: []*Stack{in("eu-west-1", "cart", resources(
			`Logs Logs::LogGroup {"KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}`,
			`Key KMS::Key {"KeyPolicy": {"Statement": [{"Effect": "Allow", "Action": "kms:*", "Principal": {"AWS": "111122223333"}},
				{"Effect": "Allow", "Action": "kms:Encrypt", "Principal": {"Service": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}}}]}}`))},
	},
	{
		name: "a key that does not",
		stacks: []*Stack{in("eu-west-1", "cart", resources(
			`Logs Logs::LogGroup {"KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}`,
			`Key KMS::Key {"KeyPolicy": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}},
				{"Effect": "Deny", "Principal": {"Service": "logs.eu-west-1.amazonaws.com"}},
				{"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}}]}}`))},
		want: []string{"AX054 cart/Logs: cart/Key allows logs.eu-west-1.amazonaws.com nothing"},
	},
	{
		name:   "a key of another region",
		stacks: []*Stack{in("eu-west-1", "cart", resources(`Logs Logs::LogGroup {"KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/1"}`))},
		want:   []string{"AX053 cart/Logs: it is in us-east-1, the log group in eu-west-1"},
	},
}
