package cognito

import (
	_ "embed" // for the sign-in page
	"html/template"
	"net/http"
	"net/url"

	"annex/local/uuid"
)

var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	pageStyle []byte

	page = template.Must(template.New("page").Parse(pageText))
)

const (
	styleSheet = "/annex-local.css"
	cookie     = "cognito"
)

// view is what the page shows: a form, or why there is none.
type view struct {
	Site            string // the host that the browser goes on to
	Action          string // of the form; empty for none
	Name            string // as it was typed
	Problem         string // of the name
	Refusal, Advice string
}

// authorize begins a sign-in. A browser in which somebody has signed in within
// the hour goes on at once.
func (s *Service) authorize(w http.ResponseWriter, r *http.Request, pool Pool) {
	a, ok := s.authorization(w, r, pool)
	if !ok {
		return
	}
	if known, err := r.Cookie(cookie); err == nil && a.prompt != "login" {
		if session, ok := s.memory.session(known.Value, pool.ID, s.now()); ok {
			s.goOn(w, r, pool, a, session)
			return
		}
	}
	if a.prompt == "none" {
		no := &refusal{redirect: a.redirect, state: a.state, code: "login_required", description: "nobody has signed in in this browser"}
		http.Redirect(w, r, no.address(), http.StatusFound)
		return
	}
	http.Redirect(w, r, "/login?"+r.URL.RawQuery, http.StatusFound) //nolint:gosec // it stays on this host
}

// authorization is the request's, unless it has been refused.
func (s *Service) authorization(w http.ResponseWriter, r *http.Request, pool Pool) (authorization, bool) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		show(w, http.StatusBadRequest, view{Refusal: "invalid_request", Advice: "the query cannot be read: " + err.Error()})
		return authorization{}, false
	}
	a, refused := authorize(pool, query)
	switch {
	case refused == nil:
		return a, true
	case refused.redirect == "":
		show(w, http.StatusBadRequest, view{Refusal: refused.code, Advice: refused.description})
	default:
		http.Redirect(w, r, refused.address(), http.StatusFound) //nolint:gosec // authorize has found the address among the client's
	}
	return authorization{}, false
}

func (s *Service) login(w http.ResponseWriter, r *http.Request, pool Pool) {
	if a, ok := s.authorization(w, r, pool); ok {
		show(w, http.StatusOK, form(r, a))
	}
}

// form asks for a name, for the request that the query holds.
func form(r *http.Request, a authorization) view {
	v := view{Action: "/login?" + r.URL.RawQuery}
	if site, err := url.Parse(a.redirect); err == nil {
		v.Site = site.Hostname()
	}
	return v
}

// signIn takes the name.
func (s *Service) signIn(w http.ResponseWriter, r *http.Request, pool Pool) {
	a, ok := s.authorization(w, r, pool)
	if !ok {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	v := form(r, a)
	v.Name = r.PostFormValue("username")
	u, err := userOf(pool.ID, v.Name)
	if err != nil {
		v.Problem = err.Error()
		show(w, http.StatusBadRequest, v)
		return
	}
	now := s.now()
	known := session{pool: pool.ID, user: u, signedIn: now}
	http.SetCookie(w, &http.Cookie{
		Name: cookie, Value: s.memory.addSession(known, now), Path: "/",
		MaxAge: int(sessionLife.Seconds()), Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	s.goOn(w, r, pool, a, known)
}

// goOn sends the browser back to the client, with a code.
func (s *Service) goOn(w http.ResponseWriter, r *http.Request, pool Pool, a authorization, known session) {
	now := s.now()
	id := s.memory.addCode(code{
		pool: pool.ID, client: a.client.ID, redirect: a.redirect, challenge: a.challenge, expires: now.Add(codeLife),
		grant: grant{user: known.user, scopes: a.scopes, nonce: a.nonce, signedIn: known.signedIn, originJTI: uuid.New()},
	}, now)
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, callback(a.redirect, a.state, url.Values{"code": {id}}), http.StatusFound)
}

func show(w http.ResponseWriter, status int, v view) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	_ = page.Execute(w, v) // an error is a client that went away
}

func style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(pageStyle) // an error is a client that went away
}
