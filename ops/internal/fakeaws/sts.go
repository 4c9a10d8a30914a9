package fakeaws

var stsOperations = map[string]operation{
	"GetCallerIdentity": func(a *Account, _ *request) (any, error) {
		return struct{ Account, Arn string }{a.ID, "arn:aws:iam::" + a.ID + ":user/dev"}, nil
	},
}
