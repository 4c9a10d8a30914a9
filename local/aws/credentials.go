package aws

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"annex/local/aws/iam"
)

// RootAccessKeyID and RootSecretAccessKey are the credentials of the
// developer's own tools: whoever has them may do everything. They open
// nothing but this endpoint, which listens on loopback and refuses what web
// pages send.
//
//	AWS_ACCESS_KEY_ID=root AWS_SECRET_ACCESS_KEY=root aws --endpoint-url http://127.0.0.1:… s3 ls
const (
	RootAccessKeyID     = "root"
	RootSecretAccessKey = "root"
)

// caller is who makes a request.
type caller struct {
	root bool  // may do everything
	role *Role // nil for others

	// service is the AWS service that asks for itself, such as
	// cloudfront.amazonaws.com, and source what it asks for: a distribution's
	// ARN.
	service, source string

	call *Call // what is noted of the request; nil where nobody looks
}

// arn is how AWS's messages name the caller.
func (c caller) arn() string {
	switch {
	case c.role != nil:
		return "arn:aws:sts::" + c.role.Account + ":assumed-role/" + c.role.Name + "/" + c.session()
	case c.service != "":
		return c.service
	}
	return "anonymous"
}

// arn is that of a resource of the caller's account. That of one who has no role
// is the account of the first.
func (e *Endpoint) arn(c caller, region, service, resource string) string {
	owner := e.owner
	if c.role != nil {
		owner = *c.role
	}
	partition, _, _ := strings.Cut(strings.TrimPrefix(owner.ARN, "arn:"), ":")
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", partition, service, region, owner.Account, resource)
}

// session is the name of a role's session.
func (c caller) session() string { return cmp.Or(c.role.Session, "local") }

func (c caller) principal() iam.Principal {
	if c.role != nil {
		return iam.Principal{RoleARN: c.role.ARN, Account: c.role.Account}
	}
	return iam.Principal{Service: c.service}
}

// credentials makes the access key of a role's sessions. They are the same at
// every start, and look like those of AWS: temporary ones begin with ASIA.
func credentials(roleARN string) (accessKeyID, secretAccessKey, sessionToken string) {
	id := sha256.Sum256([]byte("access key of " + roleARN))
	secret := sha256.Sum256([]byte("secret of " + roleARN))
	token := sha256.Sum256([]byte("session of " + roleARN))
	return "ASIA" + base32.StdEncoding.EncodeToString(id[:])[:16],
		base64.StdEncoding.EncodeToString(secret[:])[:40],
		"local" + base64.StdEncoding.EncodeToString(token[:])
}

// scope is what a signature (Signature Version 4) says of the request: who
// signed, for which region and service.
type scope struct{ accessKeyID, region, service string }

// readScope reads the credential scope of a signed request, from its header or
// its presigned URL. Without a signature, or with one that is malformed, the
// scope is empty. The signature itself is not checked: keys here keep nobody
// out, they say who asks.
func readScope(r *http.Request) scope {
	credential := r.URL.Query().Get("X-Amz-Credential")
	if authorization := r.Header.Get("Authorization"); authorization != "" {
		_, credential, _ = strings.Cut(authorization, "Credential=")
		credential, _, _ = strings.Cut(credential, ",")
		credential, _, _ = strings.Cut(credential, " ")
	}
	// An access key ID has no slash, and the rest has four parts.
	parts := strings.Split(credential, "/")
	if len(parts) != 5 || parts[4] != "aws4_request" {
		return scope{}
	}
	return scope{accessKeyID: parts[0], region: parts[2], service: parts[3]}
}
