package rules

import (
	"strings"
)

const distributionType = "AWS::CloudFront::Distribution"

var cloudFront = []Rule{
	{
		ID:     "AX001",
		Title:  "CloudFront is given a certificate that is not in us-east-1",
		Fix:    "define the certificate in a stack whose region is us-east-1",
		Source: "CloudFront, Requirements for using SSL/TLS certificates",
		check:  each(certificateRegion, distributionType),
	},
	{
		ID:     "AX002",
		Title:  "the distribution's certificate does not cover an alias",
		Fix:    "add the alias to the certificate's SubjectAlternativeNames",
		Source: "CloudFront, Requirements for using alternate domain names",
		check:  each(uncoveredAlias, distributionType),
	},
	{
		ID:     "AX003",
		Title:  "the distribution has aliases but no certificate",
		Fix:    "give it a certificate that covers them, or take the aliases away",
		Source: "CloudFront, Requirements for using alternate domain names",
		check:  each(aliasWithoutCertificate, distributionType),
	},
	{
		ID:     "AX004",
		Title:  "two distributions have the same alias",
		Fix:    "leave the alias to one of them: CloudFront takes it once in all accounts",
		Source: "CloudFront, Requirements for using alternate domain names",
		check:  sharedAlias,
	},
}

// distributionCertificate is where a distribution names its certificate.
var distributionCertificate = []string{"DistributionConfig", "ViewerCertificate", "AcmCertificateArn"}

// certificateRegion looks at the certificate that viewers see, and at those
// that CloudFront shows to origins.
func certificateRegion(r *Resource) (findings []Finding) {
	check := func(property string, value any) {
		arn := r.Stack.Text(value)
		region := ""
		if certificate := r.Stack.target(value); certificate != nil && certificate.Type == certificateType {
			region = certificate.Stack.Region
		} else if parts := strings.Split(arn, ":"); len(parts) > 3 && parts[2] == "acm" {
			region = parts[3]
		}
		if region != "" && region != "us-east-1" {
			findings = append(findings, r.finding(property, "it is in %s", region))
		}
	}
	check("DistributionConfig.ViewerCertificate.AcmCertificateArn", r.property(distributionCertificate...))
	for _, origin := range list(r.property("DistributionConfig", "Origins")) {
		check("DistributionConfig.Origins", at(origin, "CustomOriginConfig", "OriginMtlsConfig", "ClientCertificateArn"))
	}
	return findings
}

// aliases are the hosts that a distribution answers, in lower case.
func aliases(distribution *Resource) (hosts []string) {
	for _, alias := range list(distribution.property("DistributionConfig", "Aliases")) {
		hosts = append(hosts, strings.ToLower(distribution.Stack.Text(alias)))
	}
	return hosts
}

func uncoveredAlias(r *Resource) (findings []Finding) {
	certificate := r.target(distributionCertificate...)
	for _, alias := range aliases(r) {
		if !covers(certificate, alias) {
			findings = append(findings, r.finding("DistributionConfig.Aliases",
				"%s is not among %s", alias, strings.Join(names(certificate), ", ")))
		}
	}
	return findings
}

func aliasWithoutCertificate(r *Resource) []Finding {
	certificate := r.property("DistributionConfig", "ViewerCertificate")
	if len(aliases(r)) == 0 || at(certificate, "AcmCertificateArn") != nil || at(certificate, "IamCertificateId") != nil {
		return nil
	}
	return []Finding{r.finding("DistributionConfig.ViewerCertificate", "%s", strings.Join(aliases(r), ", "))}
}

func sharedAlias(set *Set) (findings []Finding) {
	owners := map[string]*Resource{}
	for _, r := range set.all(distributionType) {
		for _, alias := range aliases(r) {
			if owner := owners[alias]; owner != nil {
				findings = append(findings, r.finding("DistributionConfig.Aliases", "%s has %s too", owner.Path, alias))
				continue
			}
			owners[alias] = r
		}
	}
	return findings
}
