package cognito

import (
	"net/http"
	"slices"
)

// logout ends the browser's session and sends it on to an address of the
// client's. The tokens that a page has are its own to forget.
func (s *Service) logout(w http.ResponseWriter, r *http.Request, pool Pool) {
	query := r.URL.Query()
	client, ok := pool.Client(query.Get("client_id"))
	switch {
	case !ok:
		show(w, http.StatusBadRequest, view{Refusal: "invalid_client", Advice: "client_id is of no client of the user pool"})
		return
	case !slices.Contains(client.Logouts, query.Get("logout_uri")):
		show(w, http.StatusBadRequest, view{Refusal: "invalid_request", Advice: "logout_uri is not among the client's LogoutURLs, to the letter"})
		return
	}
	if known, err := r.Cookie(cookie); err == nil {
		s.memory.endSession(known.Value)
	}
	http.SetCookie(w, &http.Cookie{Name: cookie, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, query.Get("logout_uri"), http.StatusFound) //nolint:gosec // it is one of the client's
}
