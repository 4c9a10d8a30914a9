package fakeaws

import "net/http"

// DomainName is a domain name of API Gateway's.
type DomainName struct {
	TrustStore, TrustStoreVersion string // empty where it asks nobody for a certificate
}

// Authorizer is a JWT authorizer.
type Authorizer struct {
	Issuer   string
	Audience []string
}

var apigatewayOperations = []route{
	at("GET", `/account`, "", "GetAccount", func(a *Account, r *request) (any, error) {
		answer := map[string]any{}
		if role := a.LogRoles[r.region]; role != "" {
			answer["cloudwatchRoleArn"] = role
		}
		return answer, nil
	}),
	at("GET", `/v2/domainnames/([^/]+)`, "", "GetDomainName", func(a *Account, r *request) (any, error) {
		domain, ok := a.DomainNames[r.region+" "+r.path[0]]
		if !ok {
			return nil, refuse(http.StatusNotFound, "NotFoundException", "Invalid domain name identifier specified")
		}
		answer := map[string]any{"domainName": r.path[0]}
		if domain.TrustStore != "" {
			answer["mutualTlsAuthentication"] = map[string]any{"truststoreUri": domain.TrustStore, "truststoreVersion": domain.TrustStoreVersion}
		}
		return answer, nil
	}),
	at("GET", `/v2/apis/([^/]+)/authorizers/([^/]+)`, "", "GetAuthorizer", func(a *Account, r *request) (any, error) {
		authorizer, ok := a.Authorizers[r.path[0]+" "+r.path[1]]
		if !ok {
			return nil, refuse(http.StatusNotFound, "NotFoundException", "no such authorizer")
		}
		return map[string]any{
			"authorizerId": r.path[1], "authorizerType": "JWT",
			"jwtConfiguration": map[string]any{"issuer": authorizer.Issuer, "audience": authorizer.Audience},
		}, nil
	}),
}
