package cognito

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// userInfo tells who an access token is of ("The userInfo endpoint").
func (s *Service) userInfo(w http.ResponseWriter, r *http.Request, pool Pool) {
	bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	info, err := s.info(bearer, pool)
	if err != nil {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token", error_description="`+err.Error()+`"`)
		answer(w, http.StatusUnauthorized, &failure{"invalid_token", err.Error()})
		return
	}
	answer(w, http.StatusOK, info)
}

func (s *Service) info(bearer string, pool Pool) (map[string]string, error) {
	token, err := jwt.Parse([]byte(bearer), jwt.WithKey(jwa.RS256(), s.key.public), jwt.WithIssuer(pool.Issuer),
		jwt.WithClock(jwt.ClockFunc(s.now)), jwt.WithClaimValue("token_use", "access"))
	if err != nil {
		return nil, errors.New("it is not an access token of this user pool, or its time is over")
	}
	var sub, scope, origin string
	if err := errors.Join(token.Get("sub", &sub), token.Get("scope", &scope), token.Get("origin_jti", &origin)); err != nil {
		return nil, err
	}
	switch {
	case s.memory.isRevoked(origin):
		return nil, errors.New("it was revoked")
	case !slices.Contains(strings.Fields(scope), "openid"):
		return nil, errors.New("it is not for the scope openid")
	}
	return map[string]string{"sub": sub, "username": sub}, nil
}
