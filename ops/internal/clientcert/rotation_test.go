package clientcert_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"annex/ops/internal/fakeaws"
)

// watch fails the test if before any call CloudFront shows a certificate that
// the API's host does not trust.
func (s *stage) watch() {
	s.Before = func(c fakeaws.Call) {
		if err := s.handshake(); err != nil {
			s.t.Errorf("before %s the API's host refuses CloudFront: %v", c.Operation, err)
		}
	}
}

func TestRotationOfTheAuthorityIsNeverSeen(t *testing.T) {
	s := newStage(t)
	s.run()
	s.deploy()
	s.watch()

	for range 8 { // the leaf's own renewals
		s.now = s.now.Add(340 * day)
		s.run()
	}
	first := s.deployedStore()
	s.now = time.Date(2034, 11, 24, 12, 0, 0, 0, time.UTC) // two days in the authority's last two years
	s.runWith(true)
	for range 2 { // nobody has deployed yet
		output, _ := s.run()
		if got := strings.Count(string(s.newestStore()), "BEGIN"); got != 2 {
			t.Fatalf("the trust store holds %d authorities: want both\n%s", got, output)
		}
		if !strings.Contains(output, "-e annex-prod-domain") || !strings.Contains(output, "make origin-certificate STAGE=prod") {
			t.Errorf("it does not say what to do:\n%s", output)
		}
	}
	s.runWith(true) // the older authority still renews
	older := s.leaf().Chain

	s.deploy()
	output, _ := s.run()
	if s.leaf().Chain == older {
		t.Fatalf("the newer authority is trusted, and has not signed:\n%s", output)
	}
	if !strings.Contains(output, "in two days, to forget the older authority") {
		t.Errorf("it does not say when to run again:\n%s", output)
	}
	s.now = s.now.Add(time.Hour)
	if _, changed := s.run(); len(changed) > 0 {
		t.Errorf("an hour later, while some place may show the older leaf, it changed %v", changed)
	}
	s.now = s.now.Add(2 * day)
	s.run()
	if bytes.Contains(s.newestStore(), first) || strings.Count(string(s.newestStore()), "BEGIN") != 1 {
		t.Errorf("the older authority is still trusted: %s", s.newestStore())
	}
	s.deploy()
	if err := s.handshake(); err != nil {
		t.Errorf("in the end the API's host refuses CloudFront: %v", err)
	}
	if output, changed := s.run(); len(changed) > 0 || !strings.HasSuffix(output, "nothing is left to do\n") {
		t.Errorf("it changed %v:\n%s", changed, output)
	}
}

func TestLostAuthorityIsFollowedByAnother(t *testing.T) {
	s := newStage(t)
	s.run()
	s.deploy()
	s.watch()
	delete(s.Parameters, "eu-west-1 "+names.AuthorityParameter)
	output, _ := s.run()
	if !strings.Contains(output, "as it was: api.example.com does not trust the authority yet") {
		t.Errorf("it says:\n%s", output)
	}
	s.deploy() // both: CloudFront goes on with what the lost one signed
	s.run()
	s.now = s.now.Add(2 * day)
	s.run()
	s.deploy()
	if err := s.handshake(); err != nil {
		t.Errorf("in the end the API's host refuses CloudFront: %v", err)
	}
	if got := strings.Count(string(s.newestStore()), "BEGIN"); got != 1 {
		t.Errorf("the trust store holds %d authorities", got)
	}
}

// The tests of rotation would see a mistake.
func TestHandshakeFailsWithAnotherAuthority(t *testing.T) {
	s := newStage(t)
	s.run()
	s.deploy()
	other := newStage(t)
	other.run()
	s.Certificates[s.Parameters[arn]] = other.leaf()
	if err := s.handshake(); err == nil {
		t.Error("the API's host takes a certificate of an authority that it does not trust")
	}
}

// newestStore is what was uploaded last.
func (s *stage) newestStore() []byte {
	versions := s.Buckets[names.Bucket].Objects[names.Key]
	return versions[len(versions)-1].Content
}
