package clientcert

import (
	"crypto/x509"
	"slices"
	"time"
)

const (
	// authorityRenewal is how long before its end an authority is followed by
	// another: longer than any leaf that it signs lives.
	authorityRenewal = 2 * 365 * 24 * time.Hour
	// LeafRenewal is how long before its end the client certificate is renewed.
	LeafRenewal = 60 * 24 * time.Hour
	// settling is how long after an import every place of CloudFront's shows the
	// new leaf, and not the one before.
	settling = 24 * time.Hour
)

// state is what there is, as far as it decides what to do.
type state struct {
	Authorities []*Authority // newest first

	Leaf       *x509.Certificate // in ACM; nil where there is none
	LeafIssuer *x509.Certificate // of its chain in ACM
	Imported   time.Time         // when the leaf was

	// Asks is whether the API's host asks for a client certificate now, and
	// Trusted the authorities that it takes one of.
	Asks    bool
	Trusted []*x509.Certificate
}

// needsAuthority reports whether there has to be a new authority.
func (s state) needsAuthority(now time.Time) bool {
	return len(s.Authorities) == 0 || s.Authorities[0].Certificate.NotAfter.Sub(now) < authorityRenewal
}

// kept are the authorities to keep. An older one goes when the leaf has been
// the newest's for long enough.
func (s state) kept(now time.Time) []*Authority {
	if len(s.Authorities) > 1 && s.Authorities[0].Signed(s.Leaf) && now.Sub(s.Imported) > settling {
		return s.Authorities[:1]
	}
	return s.Authorities
}

// trustStore is what the API's host has to trust: the authorities, and the
// issuer of a leaf that is still shown, though its authority was lost.
func (s state) trustStore(now time.Time) []*x509.Certificate {
	kept := s.kept(now)
	var store []*x509.Certificate
	for _, a := range kept {
		store = append(store, a.Certificate)
	}
	issued := slices.ContainsFunc(kept, func(a *Authority) bool { return a.Signed(s.Leaf) })
	if s.Leaf != nil && s.LeafIssuer != nil && now.Before(s.Leaf.NotAfter) && !issued {
		store = append(store, s.LeafIssuer)
	}
	return store
}

// signer is the authority that may sign a leaf: the newest that the API's host
// trusts already, and any while it asks nobody for a certificate. It is nil
// where the host trusts none of them yet.
func (s state) signer() *Authority {
	for _, a := range s.Authorities {
		if !s.Asks || slices.ContainsFunc(s.Trusted, a.Certificate.Equal) {
			return a
		}
	}
	return nil
}

// needsLeaf reports whether the signer has to sign a new leaf.
func (s state) needsLeaf(signer *Authority, now time.Time) bool {
	return s.Leaf == nil || s.Leaf.NotAfter.Sub(now) < LeafRenewal || !signer.Signed(s.Leaf)
}
