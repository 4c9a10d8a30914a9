package cognito

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"annex/local/assembly"
)

// Read reads the user pools of an assembly. Notices name what is different
// here.
func Read(a *assembly.Assembly) (Config, []assembly.Notice, error) {
	rd := &reader{pools: map[string]*Pool{}}
	for _, step := range []func(*assembly.Assembly) error{rd.readPools, rd.readClients, rd.readDomains} {
		if err := step(a); err != nil {
			return Config{}, nil, err
		}
	}
	var config Config
	for _, id := range rd.order {
		config.Pools = append(config.Pools, *rd.pools[id])
	}
	return config, rd.notices, nil
}

type reader struct {
	pools   map[string]*Pool // by ID
	order   []string
	notices assembly.Notices
}

// poolProperties are those of AWS::Cognito::UserPool. Here nobody has an
// account or a password, so what is said about these has nothing to act on.
type poolProperties struct {
	LambdaConfig map[string]any

	AccountRecoverySetting, AdminCreateUserConfig, AutoVerifiedAttributes, DeletionProtection, DeviceConfiguration,
	EmailConfiguration, EmailVerificationMessage, EmailVerificationSubject, EnabledMfas, MfaConfiguration, Policies,
	Schema, SmsAuthenticationMessage, SmsConfiguration, SmsVerificationMessage, UserAttributeUpdateSettings,
	UserPoolAddOns, UserPoolName, UserPoolTags, UserPoolTier, UsernameAttributes, UsernameConfiguration,
	VerificationMessageTemplate any

	WebAuthnFactorConfiguration any
	WebAuthnRelyingPartyID      any
	WebAuthnUserVerification    any
}

func (rd *reader) readPools(a *assembly.Assembly) error {
	for _, r := range a.Resources("AWS::Cognito::UserPool") {
		var p poolProperties
		if err := rd.notices.Decode(r, &p); err != nil {
			return err
		}
		if len(p.LambdaConfig) > 0 {
			rd.notices.Add(r, "LambdaConfig", "its functions are not called: tokens here have Cognito's own claims alone")
		}
		issuer, err := r.Att("ProviderURL")
		if err != nil {
			return err
		}
		id := r.Ref()
		rd.pools[id] = &Pool{ID: id, Issuer: issuer}
		rd.order = append(rd.order, id)
	}
	return nil
}

// clientProperties are those of AWS::Cognito::UserPoolClient.
type clientProperties struct {
	UserPoolID                      string `json:"UserPoolId"`
	GenerateSecret                  bool
	AllowedOAuthFlowsUserPoolClient bool
	AllowedOAuthFlows               []string
	AllowedOAuthScopes              []string
	CallbackURLs, LogoutURLs        []string
	AccessTokenValidity             float64
	IDTokenValidity                 float64 `json:"IdTokenValidity"`
	RefreshTokenValidity            float64
	TokenValidityUnits              struct {
		AccessToken, RefreshToken string
		IDToken                   string `json:"IdToken"`
	}
	RefreshTokenRotation struct {
		Feature                 string
		RetryGracePeriodSeconds float64
	}

	ClientName, DefaultRedirectURI, EnableTokenRevocation any // revoking works in any case
	ExplicitAuthFlows, AuthSessionValidity                any // of an API that is not served
	PreventUserExistenceErrors                            any // everybody exists
	ReadAttributes, WriteAttributes                       any // there is an email address alone
	SupportedIdentityProviders                            any // there is one way to sign in
}

func (rd *reader) readClients(a *assembly.Assembly) error {
	for _, r := range a.Resources("AWS::Cognito::UserPoolClient") {
		var p clientProperties
		if err := rd.notices.Decode(r, &p); err != nil {
			return err
		}
		pool, ok := rd.pools[p.UserPoolID]
		if !ok {
			rd.notices.Add(r, "UserPoolId", fmt.Sprintf("the pool %q is not of this app, so nobody signs in with it here", p.UserPoolID))
			continue
		}
		c := Client{
			ID: r.Ref(), Callbacks: p.CallbackURLs, Logouts: p.LogoutURLs, Scopes: p.AllowedOAuthScopes,
			AccessToken:  validity(p.AccessTokenValidity, p.TokenValidityUnits.AccessToken, time.Hour, time.Hour),
			IDToken:      validity(p.IDTokenValidity, p.TokenValidityUnits.IDToken, time.Hour, time.Hour),
			RefreshToken: validity(p.RefreshTokenValidity, p.TokenValidityUnits.RefreshToken, 24*time.Hour, 30*24*time.Hour),
			Rotates:      p.RefreshTokenRotation.Feature == "ENABLED",
			Grace:        time.Duration(p.RefreshTokenRotation.RetryGracePeriodSeconds) * time.Second,
		}
		switch {
		case p.GenerateSecret:
			c.Unsupported = rd.notices.Add(r, "GenerateSecret", "local mode has no client secrets, so nobody signs in with it here")
		case !p.AllowedOAuthFlowsUserPoolClient || !slices.Contains(p.AllowedOAuthFlows, "code"):
			c.Unsupported = rd.notices.Add(r, "AllowedOAuthFlows", "local mode has the authorization code flow alone, so nobody signs in with it here")
		}
		pool.Clients = append(pool.Clients, c)
	}
	return nil
}

// validity is how long a token is good for: a number of units, or a default.
func validity(number float64, unit string, defaultUnit, otherwise time.Duration) time.Duration {
	if number == 0 {
		return otherwise
	}
	duration, ok := map[string]time.Duration{
		"seconds": time.Second, "minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour,
	}[unit]
	if !ok {
		duration = defaultUnit
	}
	return time.Duration(number * float64(duration))
}

// domainProperties are those of AWS::Cognito::UserPoolDomain.
type domainProperties struct {
	UserPoolID         string `json:"UserPoolId"`
	Domain             string
	CustomDomainConfig any
	// The pages here look the same in any version.
	ManagedLoginVersion any
}

func (rd *reader) readDomains(a *assembly.Assembly) error {
	for _, r := range a.Resources("AWS::Cognito::UserPoolDomain") {
		var p domainProperties
		if err := rd.notices.Decode(r, &p); err != nil {
			return err
		}
		pool, ok := rd.pools[p.UserPoolID]
		if !ok {
			rd.notices.Add(r, "UserPoolId", fmt.Sprintf("the pool %q is not of this app, so its pages are not served", p.UserPoolID))
			continue
		}
		host := p.Domain
		if p.CustomDomainConfig == nil {
			host = fmt.Sprintf("%s.auth.%s.amazoncognito.com", p.Domain, r.Stack.Region)
		}
		pool.Hosts = append(pool.Hosts, strings.ToLower(host))
	}
	return nil
}
