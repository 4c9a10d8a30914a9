package apigateway

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// checkClaims checks them in the order in which the guide lists them.
func checkClaims(claims map[string]any, a *Authorizer, now time.Time) *tokenError {
	if issuer, _ := claims["iss"].(string); issuer != a.Issuer {
		return badToken("issuer does not match", `its "iss" is %.200q, and the authorizer's issuer %q`, issuer, a.Issuer)
	}
	name, audience := tokenAudience(claims)
	if !slices.ContainsFunc(audience, func(one string) bool { return slices.Contains(a.Audience, one) }) {
		return badToken("the token does not have a valid audience", "its %q is %.200q, and the authorizer's audience %q", name, audience, a.Audience)
	}
	expires, ok := claimTime(claims["exp"])
	switch {
	case !ok:
		return badToken("the token has expired", `it has no "exp" that is a time`)
	case !now.Before(expires):
		return badToken("the token has expired", "it expired at %s, %s ago", expires.UTC().Format(time.RFC3339), now.Sub(expires).Round(time.Second))
	}
	for _, claim := range []struct{ name, description string }{
		{"nbf", "the token is not valid yet"},
		{"iat", "the token was issued in the future"},
	} {
		if claims[claim.name] == nil {
			continue
		}
		begins, ok := claimTime(claims[claim.name])
		if !ok || now.Before(begins) {
			return badToken(claim.description, "its %q is %.40v, and it is %d", claim.name, claims[claim.name], now.Unix())
		}
	}
	return nil
}

// tokenAudience is whom a token is for, and the claim that says so: client_id
// only counts where there is no aud ("Troubleshooting issues with HTTP API JWT
// authorizers").
func tokenAudience(claims map[string]any) (claim string, audience []string) {
	if aud, ok := claims["aud"]; ok {
		return "aud", claimList(aud)
	}
	if client, ok := claims["client_id"].(string); ok {
		return "client_id", []string{client}
	}
	return "aud", nil
}

// tokenScopes are what a token may do: its scope, separated by spaces, or its
// scp, which some issuers have in its place, often as a list.
func tokenScopes(claims map[string]any) []string {
	claim, ok := claims["scope"]
	if !ok {
		claim = claims["scp"]
	}
	if text, ok := claim.(string); ok {
		return strings.Fields(text)
	}
	return claimList(claim)
}

// claimList is a claim of one string or several.
func claimList(claim any) []string {
	switch claim := claim.(type) {
	case string:
		return []string{claim}
	case []any:
		var list []string
		for _, element := range claim {
			if text, ok := element.(string); ok {
				list = append(list, text)
			}
		}
		return list
	}
	return nil
}

// claimTime is a time in seconds since 1970, which may have a fraction (RFC
// 7519, NumericDate).
func claimTime(claim any) (time.Time, bool) {
	number, ok := claim.(json.Number)
	if !ok {
		return time.Time{}, false
	}
	seconds, err := number.Float64()
	if err != nil || seconds < 0 || seconds > 1<<40 {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(seconds * 1000)), true
}

// claimTexts are the claims as a function gets them: all of them strings, and
// null ones left out (measured, floci's pull request 2011; §1.4).
func claimTexts(claims map[string]any) map[string]string {
	texts := make(map[string]string, len(claims))
	for name, claim := range claims {
		if claim != nil {
			texts[name] = claimText(claim)
		}
	}
	return texts
}

// claimText writes a list as [a b], and an object as JSON.
func claimText(claim any) string {
	switch claim := claim.(type) {
	case string:
		return claim
	case []any:
		words := make([]string, len(claim))
		for i, element := range claim {
			words[i] = claimText(element)
		}
		return "[" + strings.Join(words, " ") + "]"
	}
	text, _ := json.Marshal(claim) // it came out of JSON
	return string(text)
}
