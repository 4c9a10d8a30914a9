// Package clientcert keeps the client certificate that CloudFront shows to the
// API's host, the authority that signs it, and the trust store by which the
// host knows it. Only ops/origincertificate may import it, and
// ops/internal/preflight for when a certificate is due.
//
// What AWS asks of them (CloudFront's "Certificate management with AWS
// Certificate Manager" of origin mutual TLS, ACM's "Prerequisites for importing
// ACM certificates" and "Reimport a certificate", API Gateway's "Configuring
// mutual TLS authentication for an HTTP API"): X.509 v3, ECDSA P-256 or RSA
// 2048, signed with SHA-256 or stronger, the extended key usage of a TLS client,
// at most three certificates from the leaf to the root, and the same key type
// and usages at each renewal.
package clientcert

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

const (
	authorityLife = 10 * 365 * 24 * time.Hour
	// leafLife is what public authorities allowed for a certificate longest. A
	// team that forgets the renewal learns of it once a year, not in ten.
	leafLife = 397 * 24 * time.Hour
	// clockSkew is how far AWS's clock may be behind: ACM takes no certificate
	// whose validity has yet to begin.
	clockSkew = time.Hour
)

// Authority is a certificate authority with its key.
type Authority struct {
	Certificate *x509.Certificate

	key *ecdsa.PrivateKey
}

// Leaf is a client certificate in the form that ACM imports.
type Leaf struct {
	Certificate *x509.Certificate

	CertificatePEM, ChainPEM, KeyPEM []byte
}

// NewAuthority makes an authority. Each has a name of its own: API Gateway
// takes one issuer for a subject.
func NewAuthority(name string, now time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the authority's key: %w", err)
	}
	unique := make([]byte, 4)
	if _, err := rand.Read(unique); err != nil {
		return nil, fmt.Errorf("naming the authority: %w", err)
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: name + " " + hex.EncodeToString(unique)},
		NotBefore:             now.Add(-clockSkew),
		NotAfter:              now.Add(authorityLife),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	certificate, err := sign(template, template, key, key)
	if err != nil {
		return nil, fmt.Errorf("making the authority: %w", err)
	}
	return &Authority{certificate, key}, nil
}

// NewLeaf makes a client certificate of that name, a domain name, for ACM takes
// none without. It ends no later than the authority.
func (a *Authority) NewLeaf(name string, now time.Time) (*Leaf, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the client certificate's key: %w", err)
	}
	end := now.Add(leafLife)
	if end.After(a.Certificate.NotAfter) {
		end = a.Certificate.NotAfter
	}
	certificate, err := sign(&x509.Certificate{
		Subject:     pkix.Name{CommonName: name},
		DNSNames:    []string{name},
		NotBefore:   now.Add(-clockSkew),
		NotAfter:    end,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		// Otherwise the extension is left out, and nothing says that it is no CA.
		BasicConstraintsValid: true,
	}, a.Certificate, key, a.key)
	if err != nil {
		return nil, fmt.Errorf("making the client certificate: %w", err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("writing the client certificate's key: %w", err)
	}
	return &Leaf{
		Certificate:    certificate,
		CertificatePEM: certificatePEM(certificate),
		ChainPEM:       certificatePEM(a.Certificate),
		KeyPEM:         pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}),
	}, nil
}

// Signed reports whether the authority signed the certificate.
func (a *Authority) Signed(certificate *x509.Certificate) bool {
	return certificate != nil && certificate.CheckSignatureFrom(a.Certificate) == nil
}

func sign(template, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey) // with a random serial number
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// encodeAuthorities is a text of the authorities, each a key and a certificate.
// Two are half of the 4 KB that a parameter holds.
func encodeAuthorities(authorities []*Authority) ([]byte, error) {
	var text bytes.Buffer
	for _, a := range authorities {
		private, err := x509.MarshalECPrivateKey(a.key)
		if err != nil {
			return nil, fmt.Errorf("writing an authority's key: %w", err)
		}
		text.Write(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}))
		text.Write(certificatePEM(a.Certificate))
	}
	return text.Bytes(), nil
}

// decodeAuthorities reads what encodeAuthorities wrote. No error holds any of
// the text.
func decodeAuthorities(text []byte) ([]*Authority, error) {
	var authorities []*Authority
	var key *ecdsa.PrivateKey
	for {
		var block *pem.Block
		block, text = pem.Decode(text)
		switch {
		case block == nil && (key != nil || len(authorities) == 0 || len(bytes.TrimSpace(text)) > 0):
			return nil, errors.New("want pairs of a key and a certificate, in PEM")
		case block == nil:
			return authorities, nil
		case key == nil:
			var err error
			if key, err = x509.ParseECPrivateKey(block.Bytes); err != nil {
				return nil, fmt.Errorf("key %d is none of ECDSA", len(authorities)+1)
			}
		default:
			certificate, err := x509.ParseCertificate(block.Bytes)
			if err != nil || !key.PublicKey.Equal(certificate.PublicKey) {
				return nil, fmt.Errorf("certificate %d does not belong to the key before it", len(authorities)+1)
			}
			authorities = append(authorities, &Authority{certificate, key})
			key = nil
		}
	}
}

// ParseCertificates reads the certificates of a text in PEM: a trust store, a
// chain, or one alone.
func ParseCertificates(text []byte) ([]*x509.Certificate, error) {
	var certificates []*x509.Certificate
	for {
		var block *pem.Block
		block, text = pem.Decode(text)
		if block == nil {
			if len(certificates) == 0 {
				return nil, errors.New("it holds no certificate in PEM")
			}
			return certificates, nil
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", len(certificates)+1, err)
		}
		certificates = append(certificates, certificate)
	}
}

func certificatePEM(certificate *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})
}
