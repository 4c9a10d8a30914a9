package clientcert_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"slices"
	"strings"
	"testing"

	"annex/ops/internal/clientcert"
	"annex/ops/internal/fakeaws"
)

func TestFirstRunMakesEverythingAndTheNextNothing(t *testing.T) {
	s := newStage(t)
	output, _ := s.run()
	for _, want := range []string{
		"authority    made, expires 2036-11-22\n",
		"trust store  uploaded, of 1: s3://annex-prod-origin-444455556666-eu-west-1/truststore.pem, version ",
		"certificate  made, expires 2027-12-27: arn:aws:acm:us-east-1:444455556666:certificate/",
		"next:\n  npx cdk deploy -c stage=prod -e annex-prod-site ",
		"\n  npx cdk deploy -c stage=prod -e annex-prod-domain ",
	} {
		if !strings.Contains(output, want) {
			t.Errorf("the output lacks %q:\n%s", want, output)
		}
	}
	s.deploy()
	if err := s.handshake(); err != nil {
		t.Errorf("the API's host refuses CloudFront: %v", err)
	}
	output, changed := s.run()
	if len(changed) > 0 {
		t.Errorf("the second run changed something: %v", changed)
	}
	if !strings.HasSuffix(output, "nothing is left to do\n") {
		t.Errorf("the second run says:\n%s", output)
	}
}

func TestCertificateIsWhatAWSAsksFor(t *testing.T) {
	s := newStage(t)
	s.run()
	leaf := s.leaf().Parsed()
	chain, err := clientcert.ParseCertificates([]byte(s.leaf().Chain))
	if err != nil || len(chain) != 1 {
		t.Fatalf("chain %v, %v: want the authority", chain, err)
	}
	authority := chain[0]
	for name, certificate := range map[string]*x509.Certificate{"leaf": leaf, "authority": authority} {
		key, ok := certificate.PublicKey.(*ecdsa.PublicKey)
		if !ok || key.Curve != elliptic.P256() {
			t.Errorf("%s: key %T: want P-256", name, certificate.PublicKey)
		}
		if certificate.Version != 3 || certificate.SignatureAlgorithm != x509.ECDSAWithSHA256 {
			t.Errorf("%s: version %d, %s: want 3, SHA-256", name, certificate.Version, certificate.SignatureAlgorithm)
		}
	}
	if !slices.Equal(leaf.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}) || leaf.IsCA || leaf.KeyUsage != x509.KeyUsageDigitalSignature {
		t.Errorf("leaf: usages %v, %v, CA %v: want a client", leaf.ExtKeyUsage, leaf.KeyUsage, leaf.IsCA)
	}
	if !authority.IsCA || authority.MaxPathLen != 0 || !authority.MaxPathLenZero || authority.KeyUsage&x509.KeyUsageCertSign == 0 {
		t.Errorf("authority: CA %v, path length %d: want a CA of leaves alone", authority.IsCA, authority.MaxPathLen)
	}
	if got := leaf.NotAfter.Sub(s.now); got != 397*day {
		t.Errorf("the leaf lives %s", got)
	}
	if got := authority.NotAfter.Sub(s.now); got != 10*year {
		t.Errorf("the authority lives %s", got)
	}
}

func TestBucketIsPrivateVersionedEncryptedAndTLSOnly(t *testing.T) {
	s := newStage(t)
	s.Buckets[names.Bucket] = &fakeaws.Bucket{ // as a team may have it
		Owner: names.Account, Region: names.Region, Objects: map[string][]fakeaws.Version{},
		Policy: `{"Version":"2012-10-17","Statement":[{"Sid":"Theirs","Effect":"Deny"}]}`,
	}
	s.run()
	b := s.Buckets[names.Bucket]
	for configuration, wants := range map[string][]string{
		b.Private:   {"<BlockPublicAcls>true", "<BlockPublicPolicy>true", "<IgnorePublicAcls>true", "<RestrictPublicBuckets>true"},
		b.Versioned: {"<Status>Enabled"},
		b.Encrypted: {"<SSEAlgorithm>AES256"},
		b.Policy:    {`"Sid":"Theirs"`, `"aws:SecureTransport":"false"`, `"Effect":"Deny"`, `"arn:aws:s3:::` + names.Bucket + `/*"`},
	} {
		for _, want := range wants {
			if !strings.Contains(configuration, want) {
				t.Errorf("the bucket's configuration lacks %s: %s", want, configuration)
			}
		}
	}
}

func TestBucketOfAnotherAccountIsRefused(t *testing.T) {
	s := newStage(t)
	s.Buckets[names.Bucket] = &fakeaws.Bucket{Owner: "999999999999", Objects: map[string][]fakeaws.Version{}}
	if _, err := s.try(t.Context(), false); err == nil || !strings.Contains(err.Error(), names.Bucket) {
		t.Errorf("got %v: want an error that names the bucket", err)
	}
	if len(s.Certificates) > 0 {
		t.Error("a certificate was imported nevertheless")
	}
}

func TestStoppedAtAnyCallItGoesOn(t *testing.T) {
	whole := newStage(t)
	whole.run()
	calls := len(whole.Calls())
	for stopAt := range calls {
		for _, arrived := range []bool{true, false} { // Ctrl-C after the call's work was done, or before
			s := newStage(t)
			ctx, stop := context.WithCancel(t.Context())
			count := 0
			s.Before = func(fakeaws.Call) {
				if count == stopAt {
					if arrived {
						s.Before = func(fakeaws.Call) { stop() } // at the next
					} else {
						stop()
					}
				}
				count++
			}
			_, err := s.try(ctx, false)
			stop()
			s.Before = nil
			last := calls - 1 // whose answer may be there before the client sees that it is stopped
			if arrived {
				last--
			}
			if err == nil && stopAt < last {
				t.Fatalf("stopped at call %d, it ended without an error", stopAt)
			}
			s.run()
			s.deploy()
			if err := s.handshake(); err != nil {
				t.Errorf("stopped at call %d (%s), then run again: the host refuses CloudFront: %v", stopAt, whole.Calls()[stopAt].Operation, err)
			}
			if len(s.Certificates) != 1 {
				t.Errorf("stopped at call %d (%s): %d certificates were imported", stopAt, whole.Calls()[stopAt].Operation, len(s.Certificates))
			}
			if _, changed := s.run(); len(changed) > 0 {
				t.Errorf("stopped at call %d, then run twice: the last changed %v", stopAt, changed)
			}
		}
	}
}

func TestRenewalKeepsTheARN(t *testing.T) {
	s := newStage(t)
	s.run()
	s.deploy()
	named, serial := s.Parameters[arn], s.leaf().Parsed().SerialNumber
	s.now = s.leaf().Parsed().NotAfter.Add(-61 * day)
	if output, changed := s.run(); len(changed) > 0 {
		t.Errorf("with 61 days left it changed %v:\n%s", changed, output)
	}
	s.now = s.now.Add(2 * day)
	output, changed := s.run()
	if !slices.Equal(changed, []string{"acm:ImportCertificate"}) || !strings.Contains(output, "renewed, expires ") {
		t.Errorf("with 59 days left it changed %v:\n%s", changed, output)
	}
	if s.Parameters[arn] != named || s.leaf().Parsed().SerialNumber.Cmp(serial) == 0 {
		t.Error("the certificate is the same, or has another ARN")
	}
	if err := s.handshake(); err != nil {
		t.Errorf("the API's host refuses CloudFront: %v", err)
	}
	if _, changed := s.runWith(true); !slices.Equal(changed, []string{"acm:ImportCertificate"}) {
		t.Errorf("asked to renew, it changed %v", changed)
	}
}

func TestDeletedCertificateIsMadeAgain(t *testing.T) {
	s := newStage(t)
	s.run()
	s.deploy()
	clear(s.Certificates)
	output, _ := s.run()
	if err := s.handshake(); err != nil {
		t.Errorf("the API's host refuses CloudFront: %v", err)
	}
	if !strings.Contains(output, "-e annex-prod-site") {
		t.Errorf("it does not say that the site has to name another:\n%s", output)
	}
}

func TestNoPrivateKeyIsPrinted(t *testing.T) {
	s := newStage(t)
	output, _ := s.run()
	s.Parameters["eu-west-1 "+names.AuthorityParameter] += "SECRET"
	_, err := s.try(t.Context(), false)
	if err == nil || !strings.Contains(err.Error(), names.AuthorityParameter) {
		t.Fatalf("got %v: want an error that names the parameter", err)
	}
	for _, text := range []string{output, err.Error()} {
		if strings.Contains(text, "PRIVATE KEY") || strings.Contains(text, "SECRET") {
			t.Errorf("it prints a secret: %s", text)
		}
	}
}
