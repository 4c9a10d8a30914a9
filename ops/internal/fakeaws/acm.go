package fakeaws

import (
	"crypto/x509"
	"encoding/pem"
	"maps"
	"net/http"
	"slices"
	"time"
)

// Certificate is a certificate of ACM's, imported.
type Certificate struct {
	Certificate, Chain, Key string // PEM
	Imported                time.Time
	InUse                   bool
}

// Parsed is the certificate.
func (c Certificate) Parsed() *x509.Certificate {
	block, _ := pem.Decode([]byte(c.Certificate))
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		panic(err) // ImportCertificate looked
	}
	return certificate
}

var acmOperations = map[string]operation{
	"ListCertificates": func(a *Account, r *request) (any, error) {
		in := input[struct {
			Includes struct {
				KeyTypes []string `json:"keyTypes"`
			}
		}](r)
		var list []map[string]any
		for _, arn := range slices.Sorted(maps.Keys(a.Certificates)) {
			if slices.Contains(in.Includes.KeyTypes, "EC_prime256v1") { // otherwise ACM lists RSA alone, and here is none
				list = append(list, map[string]any{"CertificateArn": arn, "Type": "IMPORTED", "DomainName": a.Certificates[arn].Parsed().DNSNames[0]})
			}
		}
		return map[string]any{"CertificateSummaryList": list}, nil
	},
	"DescribeCertificate": func(a *Account, r *request) (any, error) {
		arn, c, err := a.certificate(r)
		if err != nil {
			return nil, err
		}
		parsed := c.Parsed()
		return map[string]any{"Certificate": map[string]any{
			"CertificateArn": arn, "DomainName": parsed.DNSNames[0], "Type": "IMPORTED",
			"ImportedAt": c.Imported.Unix(), "NotAfter": parsed.NotAfter.Unix(), "NotBefore": parsed.NotBefore.Unix(),
		}}, nil
	},
	"GetCertificate": func(a *Account, r *request) (any, error) {
		_, c, err := a.certificate(r)
		if err != nil {
			return nil, err
		}
		return map[string]any{"Certificate": c.Certificate, "CertificateChain": c.Chain}, nil
	},
	"ImportCertificate": func(a *Account, r *request) (any, error) {
		in := input[struct {
			CertificateArn                            string
			Certificate, CertificateChain, PrivateKey []byte
			Tags                                      []any
		}](r)
		c := &Certificate{Certificate: string(in.Certificate), Chain: string(in.CertificateChain), Key: string(in.PrivateKey), Imported: a.now()}
		if err := importable(c, a.now()); err != nil {
			return nil, err
		}
		arn := in.CertificateArn
		switch before, there := a.Certificates[arn]; {
		case arn == "":
			arn = "arn:aws:acm:" + r.region + ":" + a.ID + ":certificate/" + a.id("fake-")
		case !there:
			return nil, refuse(http.StatusBadRequest, "ResourceNotFoundException", "no such certificate")
		case len(in.Tags) > 0:
			return nil, refuse(http.StatusBadRequest, "ValidationException", "Tagging is not permitted on re-import.")
		case before.Parsed().KeyUsage != c.Parsed().KeyUsage || !slices.Equal(before.Parsed().ExtKeyUsage, c.Parsed().ExtKeyUsage):
			return nil, refuse(http.StatusBadRequest, "ValidationException", "key usages differ")
		}
		a.Certificates[arn] = c
		return map[string]any{"CertificateArn": arn}, nil
	},
}

// now is the account's time, which a test may set.
func (a *Account) now() time.Time {
	if a.Now != nil {
		return a.Now()
	}
	return time.Now()
}

func (a *Account) certificate(r *request) (string, *Certificate, error) {
	arn := input[struct{ CertificateArn string }](r).CertificateArn
	c, ok := a.Certificates[arn]
	if !ok {
		return "", nil, refuse(http.StatusBadRequest, "ResourceNotFoundException", "Could not find certificate %s.", arn)
	}
	return arn, c, nil
}

// importable checks what ACM checks (user guide, "Prerequisites for importing
// ACM certificates").
func importable(c *Certificate, now time.Time) error {
	invalid := func(why string) error {
		return refuse(http.StatusBadRequest, "ValidationException", "Provided certificate is not valid: %s", why)
	}
	block, rest := pem.Decode([]byte(c.Certificate))
	if block == nil || len(rest) > 0 {
		return invalid("want one certificate in PEM")
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return invalid(err.Error())
	}
	chain := x509.NewCertPool()
	if !chain.AppendCertsFromPEM([]byte(c.Chain)) {
		return invalid("want the chain")
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: chain, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		return invalid(err.Error())
	}
	block, _ = pem.Decode([]byte(c.Key))
	if block == nil || block.Type != "EC PRIVATE KEY" {
		return invalid("want its key, unencrypted")
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil || !key.PublicKey.Equal(leaf.PublicKey) {
		return invalid("the key is another's")
	}
	if len(leaf.DNSNames) == 0 {
		return invalid("want a domain name")
	}
	return nil
}
