package cognito

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
)

// publish serves what a pool's issuer says of itself: its keys, and where its
// endpoints are (OpenID Connect Discovery 1.0). The addresses in it are the
// deployed ones, as in what checks tokens.
func (s *Service) publish(mux *http.ServeMux, pool Pool) error {
	set, err := s.key.set()
	if err != nil {
		return err
	}
	keys, err := json.Marshal(set)
	if err != nil {
		return err
	}
	domain := "https://" + cmp.Or(append(slices.Clone(pool.Hosts), pool.issuerHost())...)
	configuration, err := json.Marshal(map[string]any{
		"issuer":                                pool.Issuer,
		"jwks_uri":                              pool.Issuer + "/.well-known/jwks.json",
		"authorization_endpoint":                domain + "/oauth2/authorize",
		"token_endpoint":                        domain + "/oauth2/token",
		"userinfo_endpoint":                     domain + "/oauth2/userInfo",
		"revocation_endpoint":                   domain + "/oauth2/revoke",
		"end_session_endpoint":                  domain + "/logout",
		"response_types_supported":              []string{"code"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid", "email"},
		"token_endpoint_auth_methods_supported": []string{"none"},
		"code_challenge_methods_supported":      []string{"S256"},
	})
	if err != nil {
		return err
	}
	for path, document := range map[string][]byte{"jwks.json": keys, "openid-configuration": configuration} {
		mux.HandleFunc("GET /"+pool.ID+"/.well-known/"+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Access-Control-Allow-Origin", "*")
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(document) // an error is a client that went away
		})
	}
	return nil
}
