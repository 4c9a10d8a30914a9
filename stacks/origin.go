package stacks

// TrustStoreKey is the key of the trust store in TrustStoreBucket.
const TrustStoreKey = "truststore.pem"

// TrustStoreBucket is the bucket, in the stage's region, that holds the
// authorities whose client certificates the API's host takes. `make
// origin-certificate` makes and fills it.
func (s Stage) TrustStoreBucket() string {
	return "annex-" + s.Name + "-origin-" + s.Account + "-" + s.Region
}

// TrustStoreVersionParameter is the SSM parameter, in the stage's region, that
// holds the version of the trust store to use.
func (s Stage) TrustStoreVersionParameter() string {
	return "/annex/" + s.Name + "/origin/truststore-version"
}

// OriginCertificateParameter is the SSM parameter, in us-east-1, that holds the
// ARN of the client certificate that CloudFront shows to the API's host.
func (s Stage) OriginCertificateParameter() string {
	return "/annex/" + s.Name + "/origin/certificate"
}

// OriginAuthorityParameter is the SSM parameter, a SecureString in the stage's
// region, that holds the authority that signs the client certificate.
func (s Stage) OriginAuthorityParameter() string {
	return "/annex/" + s.Name + "/origin/authority"
}
