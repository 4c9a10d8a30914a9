package apigateway

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// signature is what the Authorization header of a signed request says (IAM
// User Guide, "AWS Signature Version 4 for API requests").
type signature struct {
	accessKeyID, date, region, service string
	headers                            []string // those that it covers, in lower case
	signature                          string
}

const signatureAlgorithm = "AWS4-HMAC-SHA256"

// clockSkew is how far the time of a signature may be from the gateway's.
const clockSkew = 5 * time.Minute

func readSignature(header http.Header) (signature, error) {
	text := header.Get("Authorization")
	fields, ok := strings.CutPrefix(text, signatureAlgorithm+" ")
	if !ok {
		return signature{}, errors.New("the request is not signed: want an Authorization header that begins with " + signatureAlgorithm)
	}
	var s signature
	var credential string
	for field := range strings.SplitSeq(fields, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		switch name {
		case "Credential":
			credential = value
		case "SignedHeaders":
			s.headers = strings.Split(value, ";")
		case "Signature":
			s.signature = value
		}
	}
	scope := strings.Split(credential, "/")
	if len(scope) != 5 || scope[4] != "aws4_request" || s.signature == "" || len(s.headers) == 0 {
		return signature{}, errors.New("the Authorization header is no signature: want Credential, SignedHeaders and Signature")
	}
	s.accessKeyID, s.date, s.region, s.service = scope[0], scope[1], scope[2], scope[3]
	return s, nil
}

// verify says why the caller did not sign the request; nil when it did.
func (s signature) verify(ctx context.Context, a *attempt, caller Caller) error {
	header := a.request.Header
	signed, err := time.Parse("20060102T150405Z", header.Get("X-Amz-Date"))
	switch {
	case s.service != "execute-api" || s.region != a.api.Region:
		return fmt.Errorf("the request is signed for %.40q in %.40q, want execute-api in %s", s.service, s.region, a.api.Region)
	case err != nil:
		return errors.New("the signed request has no X-Amz-Date like 20261122T130000Z")
	case s.date != signed.Format("20060102") || a.now.Sub(signed).Abs() > clockSkew:
		return fmt.Errorf("the request was signed at %s, and it is %s: API Gateway allows %s", signed.Format(time.RFC3339), a.now.UTC().Format(time.RFC3339), clockSkew)
	case subtle.ConstantTimeCompare([]byte(header.Get("X-Amz-Security-Token")), []byte(caller.SessionToken)) == 0:
		return errors.New("the request does not have the session token that belongs to its access key")
	}
	if err := s.covers(header); err != nil {
		return err
	}
	sum := sha256.Sum256(a.body)
	payload := hex.EncodeToString(sum[:])
	if stated := header.Get("X-Amz-Content-Sha256"); stated != "" && stated != payload {
		return errors.New("the X-Amz-Content-Sha256 header is not that of the body")
	}
	for _, host := range a.hosts {
		if want := s.recompute(ctx, a.request, host, len(a.body), payload, caller, signed); want != "" &&
			subtle.ConstantTimeCompare([]byte(want), []byte(s.signature)) == 1 {
			return nil
		}
	}
	if header.Get("X-Amz-Cf-Id") != "" {
		return errors.New("the signature covers the host, which CloudFront has changed: call the API at its own host")
	}
	return fmt.Errorf("the signature is not that of this request to %s by access key %s", strings.Join(a.hosts, " or "), s.accessKeyID)
}

// covers refuses a signature that leaves out what every one has to cover. What
// CloudFront adds on the way is not meant: there the changed host refuses it.
func (s signature) covers(header http.Header) error {
	want := []string{"host"}
	for name := range header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-") && !strings.HasPrefix(lower, "x-amz-cf-") {
			want = append(want, lower)
		}
	}
	for _, name := range want {
		if !slices.Contains(s.headers, name) {
			return fmt.Errorf("the signature does not cover the header %.100q, as it has to", name)
		}
	}
	return nil
}

// recompute is the signature that the caller would make for the request, with
// the same headers covered.
func (s signature) recompute(ctx context.Context, r *http.Request, host string, length int, payload string, caller Caller, signed time.Time) string {
	again := &http.Request{Method: r.Method, Host: host, Header: http.Header{}}
	u := *r.URL
	again.URL = &u
	for _, name := range s.headers {
		switch name {
		case "host":
		case "content-length":
			again.ContentLength = int64(length)
		default:
			name = http.CanonicalHeaderKey(name)
			again.Header[name] = slices.Clone(r.Header[name])
		}
	}
	credentials := aws.Credentials{AccessKeyID: s.accessKeyID, SecretAccessKey: caller.SecretAccessKey, SessionToken: caller.SessionToken}
	if v4.NewSigner().SignHTTP(ctx, credentials, again, payload, s.service, s.region, signed) != nil {
		return ""
	}
	_, made, _ := strings.Cut(again.Header.Get("Authorization"), "Signature=")
	return made
}
