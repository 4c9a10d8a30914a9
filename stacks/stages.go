package stacks

// Stages are the stages that can be deployed: `cdk deploy -c stage=prod '*'`.
// This is what a new team edits first.
func Stages() []Stage {
	return []Stage{
		{
			Name:    "dev",
			Account: "111122223333",
			Region:  "eu-west-1",
			Zone:    Zone{ID: "Z0DEVEXAMPLE", Name: "dev.example.com"},

			SiteHost:  "www.dev.example.com",
			APIHost:   "api.dev.example.com",
			APIPrefix: "api",
			Container: Container{Host: "container.dev.example.com", Paths: []string{"/shop/*"}},
		},
		{
			Name:    "prod",
			Account: "444455556666",
			Region:  "eu-west-1",
			Zone:    Zone{ID: "Z0PRODEXAMPLE", Name: "example.com"},

			SiteHost:  "www.example.com",
			APIHost:   "api.example.com",
			APIPrefix: "api",
			Container: Container{Host: "container.example.com", Paths: []string{"/shop/*"}},
		},
	}
}
