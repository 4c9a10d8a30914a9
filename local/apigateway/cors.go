package apigateway

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// corsHeaders are what only the gateway sets once CORS is configured (§1.8).
var corsHeaders = []string{
	"Access-Control-Allow-Credentials",
	"Access-Control-Allow-Headers",
	"Access-Control-Allow-Methods",
	"Access-Control-Allow-Origin",
	"Access-Control-Expose-Headers",
	"Access-Control-Max-Age",
}

// isPreflight says whether the gateway answers the request itself. The page
// on CORS calls it a preflight OPTIONS request without defining one; this is
// the Fetch standard's definition, so a plain OPTIONS goes to its route.
func isPreflight(method string, header http.Header) bool {
	return method == http.MethodOptions && header.Get("Origin") != "" && header.Get("Access-Control-Request-Method") != ""
}

// preflight answers an OPTIONS request for whatever path, without a route
// and before any authorizer. An origin that is not allowed gets no CORS
// headers, so that the browser refuses; that the status is 204 then too, and
// that the lists are sent whole whatever method was asked for, is taken from
// how most emulators do it.
func (c *CORS) preflight(origin string) response {
	header := http.Header{}
	if allowed := c.allowedOrigin(origin); allowed != "" {
		c.setOrigin(header, allowed)
		setList(header, "Access-Control-Allow-Methods", c.AllowMethods)
		setList(header, "Access-Control-Allow-Headers", c.AllowHeaders)
		if c.MaxAge != nil {
			header.Set("Access-Control-Max-Age", strconv.Itoa(*c.MaxAge))
		}
	}
	return response{status: http.StatusNoContent, header: header}
}

// apply replaces a response's CORS headers by the configured ones. Responses
// of the gateway itself get them too: it was reported of 401 and 403, and
// taken to hold for every status.
func (c *CORS) apply(origin string, header http.Header) {
	for _, name := range corsHeaders {
		delete(header, name)
	}
	if allowed := c.allowedOrigin(origin); allowed != "" {
		c.setOrigin(header, allowed)
		setList(header, "Access-Control-Expose-Headers", c.ExposeHeaders)
	}
}

func (c *CORS) setOrigin(header http.Header, allowed string) {
	header.Set("Access-Control-Allow-Origin", allowed)
	if c.AllowCredentials {
		header.Set("Access-Control-Allow-Credentials", "true")
	}
}

// allowedOrigin is the value of Access-Control-Allow-Origin: the origin, *
// when any is allowed, or nothing. An entry such as https://* allows a
// scheme; a wildcard elsewhere, for a sub-domain say, is not taken for one
// (§1.8).
func (c *CORS) allowedOrigin(origin string) string {
	if origin == "" {
		return ""
	}
	if slices.Contains(c.AllowOrigins, "*") {
		return "*"
	}
	for _, allowed := range c.AllowOrigins {
		scheme, anyHost := strings.CutSuffix(allowed, "://*")
		if origin == allowed || anyHost && strings.HasPrefix(origin, scheme+"://") {
			return origin
		}
	}
	return ""
}

func setList(header http.Header, name string, values []string) {
	if len(values) > 0 {
		header.Set(name, strings.Join(values, ","))
	}
}
