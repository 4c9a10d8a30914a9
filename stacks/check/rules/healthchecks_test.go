package rules

import "fmt"

// checked gives a stack with a health check, beside a cart with one more route.
func checked(path, route string) []*Stack {
	return []*Stack{
		in("us-east-1", "site", resources(healthCheck("api.example.com", path))),
		in("eu-west-1", "domain", resources(plainDomain)),
		in("eu-west-1", "cart", resources(api, stage, find, mapping, route)).after("domain"),
	}
}

func healthCheck(host, path string) string {
	return fmt.Sprintf(`Health Route53::HealthCheck {"HealthCheckConfig": {"FullyQualifiedDomainName": %q, "ResourcePath": %q}}`, host, path)
}

func routeOf(key string) string {
	return fmt.Sprintf(`Route ApiGatewayV2::Route {"ApiId": {"Ref": "API"}, "RouteKey": %q}`, key)
}

var healthCheckExamples = []example{
	{name: "a route of its own", stacks: checked("/cart/health", routeOf("GET /health"))},
	{name: "a route for every method", stacks: checked("/cart/health", routeOf("ANY /health"))},
	{name: "a route for everything", stacks: checked("/cart/health", routeOf("$default"))},
	{name: "a route for every path", stacks: checked("/cart/health", routeOf("GET /{any+}"))},
	{name: "the API's first page", stacks: checked("/cart/", routeOf("PUT /"))},
	{name: "a health check of something else", stacks: []*Stack{in("us-east-1", "site", resources(healthCheck("container.example.com", "/shop/health")))}},
	{
		name:   "no route",
		stacks: checked("/cart/health", routeOf("PUT /health")),
		want:   []string{"AX064 site/Health: /cart/health"},
	},
	{
		name:   "a cart of that name",
		stacks: checked("/cart/health", routeOf("GET /{cart}")),
		want:   []string{"AX064 site/Health: /cart/health"},
	},
	{
		name:   "another API",
		stacks: checked("/carts/health", routeOf("GET /health")),
		want:   []string{"AX064 site/Health: /carts/health"},
	},
	{
		name: "a route for customers",
		stacks: checked("/cart/health",
			`Route ApiGatewayV2::Route {"ApiId": {"Ref": "API"}, "RouteKey": "GET /health", "AuthorizationType": "JWT"}`),
		want: []string{"AX064 site/Health: /cart/health"},
	},
	{
		name: "a host that only the edge reaches",
		stacks: []*Stack{
			in("us-east-1", "site", resources(healthCheck("API.example.com", "/cart/health"))),
			in("eu-west-1", "domain", resources(edgeDomain)),
			in("eu-west-1", "cart", resources(api, stage, find, mapping, routeOf("GET /health"))).after("domain"),
		},
		want: []string{"AX063 site/Health: api.example.com"},
	},
}
