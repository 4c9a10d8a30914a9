package apigateway

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"annex/local/assembly"
)

// The quotas of authorizers (§1.7), and the longest time that answers may be
// kept.
const (
	maxAuthorizers = 10
	maxAudiences   = 50
	maxScopes      = 10
	maxTTL         = 3600
)

// authorizerProperties are those of AWS::ApiGatewayV2::Authorizer.
type authorizerProperties struct {
	APIID            string `json:"ApiId"`
	Name             string
	AuthorizerType   string
	IdentitySource   []string
	JWTConfiguration struct {
		Issuer   string
		Audience []string
	} `json:"JwtConfiguration"`

	AuthorizerURI         any    `json:"AuthorizerUri"`
	PayloadFormatVersion  string `json:"AuthorizerPayloadFormatVersion"`
	ResultTTL             *int   `json:"AuthorizerResultTtlInSeconds"`
	EnableSimpleResponses bool
	CredentialsARN        any `json:"AuthorizerCredentialsArn"`
	IdentityValidation    any `json:"IdentityValidationExpression"` // "this parameter is not used"
}

func (rd *reader) readAuthorizers() error {
	count := map[*API]int{}
	for _, r := range rd.assembly.Resources("AWS::ApiGatewayV2::Authorizer") {
		var p authorizerProperties
		unknown, err := r.Decode(&p)
		if err != nil {
			return err
		}
		api, ok := rd.api(r, p.APIID)
		if !ok {
			continue
		}
		if count[api]++; count[api] > maxAuthorizers {
			return fmt.Errorf("%s: API %q has more than %d authorizers", r, api.Name, maxAuthorizers)
		}
		a := &Authorizer{ID: r.Ref(), Name: p.Name, Unsupported: rd.notices.Unknown(r, unknown)}
		for _, text := range p.IdentitySource {
			source, err := ParseIdentitySource(text)
			if err != nil {
				return fmt.Errorf("%s: IdentitySource: %w", r, err)
			}
			if !source.known() {
				a.Unsupported = cmp.Or(a.Unsupported, rd.notices.Add(r, "IdentitySource", text+": local mode has no such value"))
			}
			a.IdentitySources = append(a.IdentitySources, source)
		}
		switch p.AuthorizerType {
		case "JWT":
			err = a.readJWT(p)
		case "REQUEST":
			err = rd.readLambdaAuthorizer(r, p, a)
		default:
			err = fmt.Errorf("AuthorizerType: %q, want JWT or REQUEST", p.AuthorizerType)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", r, err)
		}
		rd.authorizers[api.ID+"/"+a.ID] = a
	}
	return nil
}

func (a *Authorizer) readJWT(p authorizerProperties) error {
	a.Issuer, a.Audience = p.JWTConfiguration.Issuer, p.JWTConfiguration.Audience
	if len(a.IdentitySources) != 1 || a.IdentitySources[0].from != sourceHeader && a.IdentitySources[0].from != sourceQuery {
		return fmt.Errorf("IdentitySource: %q, want one header or query string parameter", p.IdentitySource)
	}
	if !strings.HasPrefix(a.Issuer, "https://") {
		return fmt.Errorf("JwtConfiguration.Issuer: %q, want an https URL", a.Issuer)
	}
	if len(a.Audience) == 0 || len(a.Audience) > maxAudiences {
		return fmt.Errorf("JwtConfiguration.Audience: %d of them, want 1 to %d", len(a.Audience), maxAudiences)
	}
	return nil
}

// defaultTTL is how long answers are kept where the template does not say:
// CreateAuthorizer documents no default, and to keep none asks the function
// more often than AWS might, never less.
const defaultTTL = 0

func (rd *reader) readLambdaAuthorizer(r *assembly.Resource, p authorizerProperties, a *Authorizer) error {
	ttl := defaultTTL
	if p.ResultTTL != nil {
		ttl = *p.ResultTTL
	}
	if ttl < 0 || ttl > maxTTL {
		return fmt.Errorf("AuthorizerResultTtlInSeconds: %d, want 0 to %d", ttl, maxTTL)
	}
	if ttl > 0 && len(a.IdentitySources) == 0 {
		return errors.New("AuthorizerResultTtlInSeconds: answers are kept by the identity sources, and it has none")
	}
	a.TTL, a.SimpleResponses = time.Duration(ttl)*time.Second, p.EnableSimpleResponses
	if p.PayloadFormatVersion != "2.0" {
		a.Unsupported = cmp.Or(a.Unsupported, rd.notices.Add(r, "AuthorizerPayloadFormatVersion",
			cmp.Or(p.PayloadFormatVersion, "not given")+": local mode has 2.0 only"))
	}
	a.Unsupported = cmp.Or(a.Unsupported, rd.notices.Unserved(r, "local mode invokes by the function's permissions only",
		map[string]any{"AuthorizerCredentialsArn": p.CredentialsARN}))
	var err error
	if a.FunctionARN, err = FunctionARN(p.AuthorizerURI); err != nil {
		a.Unsupported = cmp.Or(a.Unsupported, rd.notices.Add(r, "AuthorizerUri", err.Error()))
	}
	return nil
}

// protect gives the route its authorizer. Errors are what CreateRoute refuses.
func (rd *reader) protect(route *Route, api *API, p routeProperties) error {
	route.Authorization, route.Scopes = cmp.Or(p.AuthorizationType, None), p.AuthorizationScopes
	if len(route.Scopes) > 0 && route.Authorization != JWT {
		return fmt.Errorf("AuthorizationScopes: only a route with the AuthorizationType JWT has them, and this one has %s", route.Authorization)
	}
	if len(route.Scopes) > maxScopes {
		return fmt.Errorf("AuthorizationScopes: %d of them, want at most %d", len(route.Scopes), maxScopes)
	}
	switch route.Authorization {
	case None, IAM:
		return nil
	case JWT, Custom:
	default:
		return fmt.Errorf("AuthorizationType: %q, want %s, %s, %s or %s", route.Authorization, None, JWT, Custom, IAM)
	}
	a, ok := rd.authorizers[api.ID+"/"+p.AuthorizerID]
	if !ok {
		return fmt.Errorf("AuthorizerId: %q is no authorizer of its API", p.AuthorizerID)
	}
	if isJWT := a.Issuer != ""; isJWT != (route.Authorization == JWT) {
		return fmt.Errorf("AuthorizationType: %s, but its authorizer %s is of the other type", route.Authorization, a.Name)
	}
	route.Authorizer = a
	route.Unsupported = cmp.Or(route.Unsupported, a.Unsupported)
	return nil
}
