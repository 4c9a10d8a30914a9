package cognito

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"slices"
	"time"
)

// Service serves user pools. It is safe for concurrent use.
type Service struct {
	key    *Key
	sites  []string
	hosts  map[string]http.Handler
	memory *memory
	now    func() time.Time
}

// New makes a service of the pools, whose tokens the key signs. Without a pool
// it needs none.
func New(config Config, key *Key) (*Service, error) {
	return newService(config, key, newMemory())
}

// Next is the service of pools that were changed, with the codes and sessions
// of this one, which goes on for requests that are under way.
func (s *Service) Next(config Config, key *Key) (*Service, error) {
	return newService(config, key, s.memory)
}

func newService(config Config, key *Key, m *memory) (*Service, error) {
	s := &Service{key: key, hosts: map[string]http.Handler{}, memory: m, now: time.Now}
	issuers := map[string]*http.ServeMux{}
	for _, pool := range config.Pools {
		for _, host := range pool.Hosts {
			s.hosts[host] = s.pages(pool)
			s.sites = append(s.sites, host)
		}
		host := pool.issuerHost()
		if issuers[host] == nil {
			issuers[host] = http.NewServeMux()
			s.hosts[host] = issuers[host]
		}
		if err := s.publish(issuers[host], pool); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// pages are what a pool's domain serves.
func (s *Service) pages(pool Pool) http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, handler func(http.ResponseWriter, *http.Request, Pool)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { handler(w, r, pool) })
	}
	handle("GET /oauth2/authorize", s.authorize)
	handle("GET /login", s.login)
	handle("POST /login", s.signIn)
	handle("GET /logout", s.logout)
	handle("POST /oauth2/token", s.token)
	handle("POST /oauth2/revoke", s.revoke)
	handle("GET /oauth2/userInfo", s.userInfo)
	handle("POST /oauth2/userInfo", s.userInfo)
	mux.HandleFunc("OPTIONS /oauth2/", preflight)
	mux.HandleFunc("GET "+styleSheet, style)
	return mux
}

// Pages are those of Hosts that serve sign-in pages.
func (s *Service) Pages() []string { return s.sites }

// Hosts are the deployed names that the service answers to, sorted: of the
// sign-in pages, and of the issuers.
func (s *Service) Hosts() []string {
	hosts := make([]string, 0, len(s.hosts))
	for host := range s.hosts {
		hosts = append(hosts, host)
	}
	slices.Sort(hosts)
	return hosts
}

// ServeHTTP answers a request for the deployed name in r.Host.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	handler, ok := s.hosts[r.Host]
	if !ok {
		http.NotFound(w, r)
		return
	}
	handler.ServeHTTP(w, r)
}

// RoundTrip answers a request in this process, such as for the keys of an
// issuer.
func (s *Service) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Host = cmp.Or(r.Host, r.URL.Host)
	w := &recorder{header: http.Header{}}
	s.ServeHTTP(w, r)
	return &http.Response{
		StatusCode: cmp.Or(w.status, http.StatusOK), ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()),
	}, nil
}

// recorder keeps an answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header, WriteHeader and Write implement http.ResponseWriter.
func (w *recorder) Header() http.Header            { return w.header }
func (w *recorder) WriteHeader(status int)         { w.status = cmp.Or(w.status, status) }
func (w *recorder) Write(data []byte) (int, error) { return w.body.Write(data) }
