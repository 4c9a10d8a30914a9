package rules

import "strings"

const certificateType = "AWS::CertificateManager::Certificate"

var certificates = []Rule{
	{
		ID:     "AX005",
		Title:  "the certificate of the API's domain name does not cover it",
		Fix:    "add the domain name to the certificate's SubjectAlternativeNames",
		Source: "API Gateway, Set up custom domain names for HTTP APIs",
		check:  each(uncoveredDomainName, domainNameType),
	},
	{
		ID:     "AX006",
		Title:  "the certificate of the API's domain name is of another region",
		Fix:    "define the certificate in a stack of the domain name's region",
		Source: "API Gateway, Set up custom domain names for HTTP APIs",
		check:  each(domainNameCertificateRegion, domainNameType),
	},
}

// names are the names that a certificate of these templates is for, in lower
// case, or none if it is not of these templates.
func names(certificate *Resource) (names []string) {
	if certificate == nil || certificate.Type != certificateType {
		return nil
	}
	names = append(names, strings.ToLower(certificate.text("DomainName")))
	for _, name := range list(certificate.property("SubjectAlternativeNames")) {
		if text := strings.ToLower(certificate.Stack.Text(name)); text != names[0] {
			names = append(names, text)
		}
	}
	return names
}

// covers tells whether a certificate is for a host, as far as that can be seen:
// of one that is not in these templates, nothing can. A wildcard stands for one
// label.
func covers(certificate *Resource, host string) bool {
	names := names(certificate)
	_, parent, _ := strings.Cut(host, ".")
	for _, name := range names {
		if name == host || name == "*."+parent {
			return true
		}
	}
	return len(names) == 0 || !literal(host)
}

// domainNameCertificates are the certificates that a domain name of API Gateway
// shows its callers.
func domainNameCertificates(r *Resource) (found []*Resource) {
	for _, configuration := range list(r.property("DomainNameConfigurations")) {
		if certificate := r.Stack.target(at(configuration, "CertificateArn")); certificate != nil {
			found = append(found, certificate)
		}
	}
	return found
}

func uncoveredDomainName(r *Resource) (findings []Finding) {
	host := strings.ToLower(r.text("DomainName"))
	for _, certificate := range domainNameCertificates(r) {
		if !covers(certificate, host) {
			findings = append(findings, r.finding("DomainName", "%s is not among %s", host, strings.Join(names(certificate), ", ")))
		}
	}
	return findings
}

func domainNameCertificateRegion(r *Resource) (findings []Finding) {
	for _, certificate := range domainNameCertificates(r) {
		if certificate.Stack.Region != r.Stack.Region {
			findings = append(findings, r.finding("DomainNameConfigurations",
				"%s is in %s, the domain name in %s", certificate.Path, certificate.Stack.Region, r.Stack.Region))
		}
	}
	return findings
}
