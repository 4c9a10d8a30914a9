package rules

import (
	"slices"
	"strings"
)

const healthCheckType = "AWS::Route53::HealthCheck"

var healthChecks = []Rule{
	{
		ID:     "AX063",
		Title:  "a health check asks a host that wants a client certificate, which Route 53 does not show, so it never is healthy",
		Fix:    "take it away: Exposure Edge keeps everybody but CloudFront from the APIs, and the alarms of API and site see their failures",
		Source: "Route 53, How Amazon Route 53 determines whether a health check is healthy",
		check:  each(checkedBehindEdge, healthCheckType),
	},
	{
		ID:     "AX064",
		Title:  "a health check asks for a path that no route of its own answers everybody",
		Fix:    "add the route to the service, without an authorizer: web.NewRoute with the Key \"GET /health\"; its API has the service's name as its path",
		Source: "Route 53, How Amazon Route 53 determines whether a health check is healthy",
		check:  each(checkedNowhere, healthCheckType),
	},
}

// mappingsOf gives the mappings onto the host that a health check asks.
func mappingsOf(healthCheck *Resource) (found []*Resource) {
	host := healthCheck.text("HealthCheckConfig", "FullyQualifiedDomainName")
	for _, mapping := range healthCheck.Stack.set.all(mappingType) {
		name := mapping.text("DomainName")
		if domain := domainOf(mapping); domain != nil {
			name = domain.text("DomainName")
		}
		if strings.EqualFold(name, host) {
			found = append(found, mapping)
		}
	}
	return found
}

func checkedBehindEdge(healthCheck *Resource) []Finding {
	for _, mapping := range mappingsOf(healthCheck) {
		if domain := domainOf(mapping); domain != nil && domain.property("MutualTlsAuthentication") != nil {
			return []Finding{healthCheck.finding("HealthCheckConfig.FullyQualifiedDomainName", "%s", domain.text("DomainName"))}
		}
	}
	return nil
}

// checkedNowhere takes GET /{cart} for no answer to GET /health: it is one for a
// cart of that name.
func checkedNowhere(healthCheck *Resource) []Finding {
	mappings := mappingsOf(healthCheck)
	path := healthCheck.text("HealthCheckConfig", "ResourcePath")
	for _, mapping := range mappings {
		below, ok := strings.CutPrefix(path, strings.TrimSuffix("/"+mapping.text("ApiMappingKey"), "/")+"/")
		api := mapping.target("ApiId")
		if !ok || api == nil {
			continue
		}
		keys := []string{"GET /" + below, "ANY /" + below, "GET /{proxy+}", "ANY /{proxy+}", "$default"}
		if slices.ContainsFunc(api.of(routeType), func(route *Resource) bool {
			return open(route) && slices.Contains(keys, variable.ReplaceAllString(route.text("RouteKey"), "{proxy$1}"))
		}) {
			return nil
		}
	}
	if len(mappings) == 0 {
		return nil // it asks something else
	}
	return []Finding{healthCheck.finding("HealthCheckConfig.ResourcePath", "%s", path)}
}
