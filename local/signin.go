package main

import (
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"annex/local/cognito"
)

// signIn serves the user pools, with the key that the state folder keeps, in
// the place of the last service, if there was one.
func signIn(pools cognito.Config, state string, last *cognito.Service) (*cognito.Service, error) {
	var key *cognito.Key
	if len(pools.Pools) > 0 {
		var err error
		if key, err = cognito.OpenKey(filepath.Join(state, cognito.KeyFolder)); err != nil {
			return nil, err
		}
	}
	if last != nil {
		return last.Next(pools, key)
	}
	return cognito.New(pools, key)
}

// signInAddresses are the parameters by which a page says where the browser
// goes after signing in or out. An issuer compares them with what the templates
// allow.
var signInAddresses = []string{"redirect_uri", "logout_uri"}

// maxForm is the longest form that is read, in bytes.
const maxForm = 64 << 10

// signIn serves an issuer to pages that know themselves by their local
// addresses: these are translated in the query, and in a form.
func (h hosts) signIn(issuer http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.RawQuery = h.deployedForm(r.URL.RawQuery)
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
			if err != nil {
				http.Error(w, "annex: the form cannot be read: "+err.Error(), http.StatusBadRequest)
				return
			}
			form := h.deployedForm(string(body))
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(form)), int64(len(form))
			r.Header.Set("Content-Length", strconv.Itoa(len(form)))
		}
		issuer.ServeHTTP(w, r)
	})
}

// deployedForm is an encoded form with the addresses in it as they would be
// deployed. One that cannot be read is the issuer's to refuse.
func (h hosts) deployedForm(text string) string {
	form, err := url.ParseQuery(text)
	if err != nil {
		return text
	}
	changed := false
	for _, name := range signInAddresses {
		for i, value := range form[name] {
			form[name][i] = h.toDeployed(value)
			changed = changed || form[name][i] != value
		}
	}
	if !changed {
		return text
	}
	return form.Encode()
}
