package clientcert_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"annex/ops/internal/clientcert"
	"annex/ops/internal/fakeaws"
)

const (
	day  = 24 * time.Hour
	year = 365 * day
	arn  = "us-east-1 /annex/prod/origin/certificate"
)

var names = clientcert.Names{
	Stage: "prod", Account: "444455556666", Region: "eu-west-1", APIHost: "api.example.com",
	Bucket: "annex-prod-origin-444455556666-eu-west-1", Key: "truststore.pem",
	AuthorityParameter:   "/annex/prod/origin/authority",
	VersionParameter:     "/annex/prod/origin/truststore-version",
	CertificateParameter: "/annex/prod/origin/certificate",
}

// stage is a stage in a fake account, at a time that a test moves on.
type stage struct {
	*fakeaws.Account

	t   *testing.T
	now time.Time
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{Account: fakeaws.New(t, names.Account), t: t, now: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)}
	s.Now = func() time.Time { return s.now }
	return s
}

// try runs the command once.
func (s *stage) try(ctx context.Context, renew bool) (output string, err error) {
	s.t.Helper()
	var out bytes.Buffer
	clients := clientcert.NewClients(s.Config(names.Region), s.Config("us-east-1"))
	err = clientcert.Renew(ctx, names, clients, clientcert.Options{Renew: renew, Now: s.now}, &out)
	return out.String(), err
}

// run runs the command once, and gives what it printed and what it changed.
func (s *stage) run() (output string, changed []string) {
	s.t.Helper()
	return s.runWith(false)
}

func (s *stage) runWith(renew bool) (output string, changed []string) {
	s.t.Helper()
	before := len(s.Changed())
	output, err := s.try(s.t.Context(), renew)
	if err != nil {
		s.t.Fatal(err)
	}
	return output, s.Changed()[before:]
}

// deploy gives the API's host the trust store that the parameter names, as the
// domain's stack does.
func (s *stage) deploy() {
	s.DomainNames["eu-west-1 api.example.com"] = fakeaws.DomainName{
		TrustStore:        "s3://" + names.Bucket + "/" + names.Key,
		TrustStoreVersion: s.Parameters["eu-west-1 "+names.VersionParameter],
	}
}

// leaf is the certificate that CloudFront shows: that of the ARN in the
// parameter, which the site's stack names.
func (s *stage) leaf() *fakeaws.Certificate {
	s.t.Helper()
	certificate := s.Certificates[s.Parameters[arn]]
	if certificate == nil {
		s.t.Fatalf("no certificate is named: %v", s.Parameters)
	}
	return certificate
}

// deployedStore are the authorities that the API's host trusts as it is deployed.
func (s *stage) deployedStore() []byte {
	s.t.Helper()
	domain := s.DomainNames["eu-west-1 api.example.com"]
	for _, version := range s.Buckets[names.Bucket].Objects[names.Key] {
		if version.ID == domain.TrustStoreVersion {
			return version.Content
		}
	}
	s.t.Fatalf("the trust store has no version %q", domain.TrustStoreVersion)
	return nil
}

// handshake shows the leaf to a server that trusts what the API's host trusts.
func (s *stage) handshake() error {
	s.t.Helper()
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(s.deployedStore()) {
		s.t.Fatal("the trust store holds no certificate")
	}
	leaf := s.leaf()
	shown, err := tls.X509KeyPair([]byte(leaf.Certificate+leaf.Chain), []byte(leaf.Key))
	if err != nil {
		s.t.Fatal(err)
	}
	clock := func() time.Time { return s.now }
	here, there := net.Pipe()
	var client sync.WaitGroup
	client.Go(func() {
		// Reading goes on to the end: the server says last what it thinks of the certificate.
		_, _ = io.Copy(io.Discard, tls.Client(there, &tls.Config{
			InsecureSkipVerify: true, Certificates: []tls.Certificate{shown}, Time: clock, //nolint:gosec // the server's certificate is not what is tried
		}))
	})
	server := tls.Server(here, &tls.Config{
		Certificates: []tls.Certificate{serverCertificate(s.t, s.now)},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: trusted, Time: clock,
		MinVersion: tls.VersionTLS12,
	})
	err = server.HandshakeContext(s.t.Context())
	_ = here.Close()
	client.Wait()
	return err
}

func serverCertificate(t *testing.T, now time.Time) tls.Certificate {
	t.Helper()
	authority, err := clientcert.NewAuthority("server", now)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := authority.NewLeaf("api.example.com", now)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(leaf.CertificatePEM, leaf.KeyPEM)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}
