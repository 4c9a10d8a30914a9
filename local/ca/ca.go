// Package ca is the certificate authority of local mode, which is good for nothing
// but this machine. Only the runner, local's package main, may import it.
package ca

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	authorityLife = 10 * 365 * 24 * time.Hour
	leafLife      = 397 * 24 * time.Hour // browsers accept 398 days
	leafRenewal   = 30 * 24 * time.Hour  // before its end
)

// Authority is a certificate authority, kept in a folder so that a developer has
// to trust it only once.
type Authority struct {
	File string // the certificate, for the developer to trust

	certificate *x509.Certificate
	key         crypto.Signer
	folder      string
}

// Open reads the authority in the folder, or makes one where there is none or
// where it has come to its end. What is there and cannot be read is an error, for
// a developer may trust it.
func Open(folder string, now time.Time) (*Authority, error) {
	a := &Authority{folder: folder, File: filepath.Join(folder, "annex-local-ca.pem")}
	keyFile := filepath.Join(folder, "annex-local-ca-key.pem")
	pair, err := tls.LoadX509KeyPair(a.File, keyFile)
	switch {
	case err == nil:
		key, ok := pair.PrivateKey.(crypto.Signer)
		if !ok || !pair.Leaf.IsCA {
			return nil, a.failed(errors.New("its certificate is not an authority's"))
		}
		a.certificate, a.key = pair.Leaf, key
		if now.Add(leafLife).Before(pair.Leaf.NotAfter) {
			return a, nil
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, a.failed(err)
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "Annex local mode", Organization: []string{"Annex"}},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(authorityLife),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		// A stolen key is good for nothing but this machine.
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         []string{"localhost"},
		PermittedIPRanges: []*net.IPNet{
			{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
			{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
		},
	}
	made, err := issue(template, nil, nil)
	if err != nil {
		return nil, a.failed(err)
	}
	a.certificate, a.key = made.certificate, made.key
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, a.failed(err)
	}
	// The key first: a certificate without its key would be an error next time.
	if err := writePrivate(keyFile, made.keyPEM); err != nil {
		return nil, a.failed(err)
	}
	if err := writePrivate(a.File, made.certificatePEM); err != nil {
		return nil, a.failed(err)
	}
	return a, nil
}

func (a *Authority) failed(err error) error {
	return fmt.Errorf("the local certificate authority: %w: remove %s to have a new one made, and trust that", err, a.folder)
}

// Leaf is the certificate for the names, of which there is one at least, and the
// addresses of this machine's loopback. It is kept too, for a browser that was told
// to accept it without trusting the authority; another is made when the names
// change or its end is near.
func (a *Authority) Leaf(names []string, now time.Time) (tls.Certificate, error) {
	file := filepath.Join(a.folder, "annex-local.pem")
	if kept, err := tls.LoadX509KeyPair(file, file); err == nil && a.serves(kept.Leaf, names, now) {
		kept.Certificate = append(kept.Certificate[:1], a.certificate.Raw)
		return kept, nil
	}
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "Annex local mode"},
		DNSNames:    names,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1).To4(), net.IPv6loopback},
		NotBefore:   now.Add(-time.Hour),
		NotAfter:    now.Add(leafLife - time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	made, err := issue(template, a.certificate, a.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making a certificate for %s: %w", names[len(names)-1], err)
	}
	if err := writePrivate(file, slices.Concat(made.certificatePEM, made.keyPEM)); err != nil {
		return tls.Certificate{}, fmt.Errorf("keeping the certificate: %w", err)
	}
	return tls.Certificate{
		Certificate: [][]byte{made.certificate.Raw, a.certificate.Raw}, PrivateKey: made.key, Leaf: made.certificate,
	}, nil
}

// serves reports whether the certificate is still the authority's for the
// names.
func (a *Authority) serves(leaf *x509.Certificate, names []string, now time.Time) bool {
	return slices.Equal(leaf.DNSNames, names) && leaf.CheckSignatureFrom(a.certificate) == nil &&
		now.After(leaf.NotBefore) && now.Add(leafRenewal).Before(leaf.NotAfter)
}

// issued is a certificate and its key, in PEM as well.
type issued struct {
	certificate            *x509.Certificate
	key                    crypto.Signer
	certificatePEM, keyPEM []byte
}

// issue makes a key and its certificate, signed by the parent, or by itself
// where there is none.
func issue(template, parent *x509.Certificate, parentKey crypto.Signer) (issued, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return issued{}, err
	}
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey) // with a random serial number
	if err != nil {
		return issued{}, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return issued{}, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return issued{}, err
	}
	return issued{
		certificate, key,
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	}, nil
}

// writePrivate writes a file that only its owner may read, all of it or
// nothing.
func writePrivate(file string, data []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*") // with mode 0600
	if err != nil {
		return err
	}
	_, err = temporary.Write(data)
	err = errors.Join(err, temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), file)
	}
	if err != nil {
		_ = os.Remove(temporary.Name()) // what is left of it is in no one's way
	}
	return err
}
