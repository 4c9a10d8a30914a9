package rules

import (
	"cmp"
	"strings"
)

const (
	domainNameType = "AWS::ApiGatewayV2::DomainName"
	mappingType    = "AWS::ApiGatewayV2::ApiMapping"
)

var domains = []Rule{
	{
		ID:     "AX007",
		Title:  "an HTTP API is mapped onto a domain name with a security policy that it cannot have",
		Fix:    "give the domain name the security policy TLS_1_2, which takes TLS 1.3 as well",
		Source: "API Gateway, Security policies for custom domain names in HTTP APIs",
		check:  each(securityPolicy, mappingType),
	},
	{
		ID:     "AX008",
		Title:  "the domain name wants a client certificate, and the API answers without one at its own address",
		Fix:    "set DisableExecuteApiEndpoint of the API",
		Source: "API Gateway, Configuring mutual TLS authentication for an HTTP API",
		check:  each(openBesideMutualTLS, mappingType),
	},
	{
		ID:     "AX009",
		Title:  "the mapping's key cannot be",
		Fix:    "give each mapping of a domain name a key of its own; only one may have none, and none is no key, not an empty one",
		Source: "API Gateway, Working with API mappings for HTTP APIs",
		check:  mappingKeys,
	},
	{
		ID:     "AX010",
		Title:  "the mapping may be made before what it maps",
		Fix:    "make it depend on it: AddResourceDependency in one stack, AddStackDependency between two",
		Source: "CloudFormation, DependsOn attribute",
		check:  each(mappingOrder, mappingType),
	},
	{
		ID:     "AX011",
		Title:  "a route with IAM is behind a domain name that only the edge reaches",
		Fix:    "give it another authorizer: a signature covers the Host, which CloudFront changes on the way",
		Source: "CloudFront, Use managed origin request policies (AllViewerExceptHostHeader)",
		check:  each(signedBehindEdge, mappingType),
	},
}

// domainOf gives the domain name that a mapping is on, which it may name by its
// host, or nil if these templates do not define it.
func domainOf(mapping *Resource) *Resource {
	if domain := mapping.target("DomainName"); domain != nil {
		return domain
	}
	for _, domain := range mapping.Stack.set.all(domainNameType) {
		if strings.EqualFold(domain.text("DomainName"), mapping.text("DomainName")) && domain.Stack.place() == mapping.Stack.place() {
			return domain
		}
	}
	return nil
}

func securityPolicy(mapping *Resource) (findings []Finding) {
	domain := domainOf(mapping)
	api := mapping.target("ApiId")
	if domain == nil || api == nil || api.Type != apiType {
		return nil
	}
	for _, configuration := range list(domain.property("DomainNameConfigurations")) {
		if policy := domain.Stack.Text(at(configuration, "SecurityPolicy")); strings.Contains(policy, "TLS13") {
			findings = append(findings, mapping.finding("DomainName", "%s has %s", domain.Path, policy))
		}
	}
	return findings
}

func openBesideMutualTLS(mapping *Resource) []Finding {
	domain := domainOf(mapping)
	api := mapping.target("ApiId")
	if domain == nil || domain.property("MutualTlsAuthentication") == nil || api == nil || api.text("DisableExecuteApiEndpoint") == "true" {
		return nil
	}
	return []Finding{api.finding("DisableExecuteApiEndpoint", "%s wants it", domain.Path)}
}

func mappingKeys(set *Set) (findings []Finding) {
	owners := map[string]*Resource{}
	for _, mapping := range set.all(mappingType) {
		key := mapping.text("ApiMappingKey")
		if given, ok := mapping.Properties["ApiMappingKey"]; ok && given == "" {
			findings = append(findings, mapping.finding("ApiMappingKey", "it is empty"))
			continue
		}
		host := strings.ToLower(mapping.text("DomainName"))
		if domain := domainOf(mapping); domain != nil {
			host = strings.ToLower(domain.text("DomainName"))
		}
		place := mapping.Stack.place() + " " + host + "/" + key
		if owner := owners[place]; owner != nil {
			findings = append(findings, mapping.finding("ApiMappingKey", "%s has %s too", owner.Path, cmp.Or(key, "no key")))
			continue
		}
		owners[place] = mapping
	}
	return findings
}

func mappingOrder(mapping *Resource) (findings []Finding) {
	needs := func(property string, other *Resource) {
		switch {
		case other == nil:
		case other.Stack == mapping.Stack && !mapping.follows(other), other.Stack != mapping.Stack && !mapping.Stack.follows(other.Stack):
			findings = append(findings, mapping.finding(property, "%s", other.Path))
		}
	}
	needs("DomainName", domainOf(mapping))
	for _, stage := range mapping.Stack.set.all(stageType) {
		if stage.text("ApiId") == mapping.text("ApiId") && (stage.text("StageName") == mapping.text("Stage") || mapping.target("Stage") == stage) {
			needs("Stage", stage)
		}
	}
	return findings
}

func signedBehindEdge(mapping *Resource) (findings []Finding) {
	domain := domainOf(mapping)
	if domain == nil || domain.property("MutualTlsAuthentication") == nil {
		return nil
	}
	for _, route := range mapping.Stack.set.all(routeType) {
		if route.text("ApiId") == mapping.text("ApiId") && route.text("AuthorizationType") == "AWS_IAM" {
			findings = append(findings, route.finding("AuthorizationType", "%s is mapped onto %s", route.text("RouteKey"), domain.Path))
		}
	}
	return findings
}
