package rules

// written replaces what the indexer may write.
func written(resource string) []*Stack {
	return but(`"Action": "s3:PutObject", "Resource": {"Fn::Join": ["", [{"Fn::GetAtt": ["Bucket", "Arn"]}, "/index/*"]]}`, `"Action": "s3:Put*", "Resource": `+resource)
}

const wildPut = "AX080 shop/IndexerPolicy: s3:Put*"

var loopExamples = []example{
	{
		name:   "the folder that is read",
		stacks: written(`{"Fn::Join": ["", [{"Fn::GetAtt": ["Bucket", "Arn"]}, "/catalogue/*"]]}`),
		want:   []string{wildPut, "AX102 shop/Rule: shop/Indexer may write catalogue/* of shop/Bucket"},
	},
	{
		name:   "a folder in it",
		stacks: written(`{"Fn::Join": ["", [{"Fn::GetAtt": ["Bucket", "Arn"]}, "/catalogue/index/products.json"]]}`),
		want:   []string{wildPut, "AX102 shop/Rule: shop/Indexer may write catalogue/index/products.json of shop/Bucket"},
	},
	{
		name:   "the whole bucket",
		stacks: written(`{"Fn::Join": ["", [{"Fn::GetAtt": ["Bucket", "Arn"]}, "/*"]]}`),
		want:   []string{wildPut, "AX102 shop/Rule: shop/Indexer may write * of shop/Bucket"},
	},
	{
		name:   "every bucket",
		stacks: written(`"*"`),
		want:   []string{wildPut, "AX081 shop/IndexerPolicy: s3:Put*", "AX102 shop/Rule: shop/Indexer may write * of shop/Bucket"},
	},
	{
		name:   "another bucket",
		stacks: written(`{"Fn::Join": ["", [{"Fn::GetAtt": ["Other", "Arn"]}, "/*"]]}`),
		want:   []string{wildPut},
	},
	{
		name: "other files of the folder",
		stacks: but(`"/index/*"`, `"/catalogue/index.bin"`,
			`{"prefix": "catalogue/"}`, `{"wildcard": "catalogue/*.json"}`),
	},
	{
		name: "files of the folder that may be the same",
		stacks: but(`"/index/*"`, `"/catalogue/*"`,
			`{"prefix": "catalogue/"}`, `{"wildcard": "catalogue/*.json"}`),
		want: []string{"AX102 shop/Rule: shop/Indexer may write catalogue/* of shop/Bucket"},
	},
	{
		name:   "every upload, and a function that the rule calls itself",
		stacks: but(`, "object": {"key": [{"prefix": "catalogue/"}]}`, ``, `"Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}]`, `"Arn": {"Ref": "IndexerLive"}}]`),
		want:   []string{"AX102 shop/Rule: shop/Indexer may write index/* of shop/Bucket"},
	},
	{
		name:   "the table that is read",
		stacks: but(`{"Effect": "Allow", "Action": "sqs:SendMessage"`, `{"Effect": "Allow", "Action": "dynamodb:UpdateItem", "Resource": {"Fn::GetAtt": ["Carts", "Arn"]}}, {"Effect": "Allow", "Action": "sqs:SendMessage"`),
		want:   []string{"AX102 shop/Changes: shop/Learner may write to shop/Carts"},
	},
	{
		name:   "the queue that is read",
		stacks: but(`"Action": ["sqs:ReceiveMessage"`, `"Action": ["sqs:SendMessage", "sqs:ReceiveMessage"`),
		want:   []string{"AX102 shop/Uploads: shop/Indexer may send to shop/Queue"},
	},
}
