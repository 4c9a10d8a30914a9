package web

import (
	"errors"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53targets"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// DomainProps describe the domain name that APIs are mapped onto.
type DomainProps struct {
	// Host is the domain name: "api.example.com". Required.
	Host string

	// Zone is the hosted zone that Host is in. Required.
	Zone awsroute53.IHostedZone
}

// NewDomain defines an API Gateway domain name of its stack's region, with its
// certificate and its address records. APIs name it by its host.
func NewDomain(scope constructs.Construct, id string, props *DomainProps) {
	if props.Host == "" || props.Zone == nil {
		panic(&Error{"domain", id, errors.New("want a host and its zone")})
	}
	group := constructs.NewConstruct(scope, jsii.String(id))
	domain := awsapigatewayv2.NewDomainName(group, jsii.String("Name"), &awsapigatewayv2.DomainNameProps{
		DomainName: jsii.String(props.Host),
		Certificate: awscertificatemanager.NewCertificate(group, jsii.String("Certificate"), &awscertificatemanager.CertificateProps{
			DomainName: jsii.String(props.Host),
			Validation: awscertificatemanager.CertificateValidation_FromDns(props.Zone),
		}),
		EndpointType:   awsapigatewayv2.EndpointType_REGIONAL,
		IpAddressType:  awsapigatewayv2.IpAddressType_DUAL_STACK,
		SecurityPolicy: awsapigatewayv2.SecurityPolicy_TLS_1_2, // the one that HTTP APIs can be mapped onto; it takes TLS 1.3 too
	})
	newAddressRecords(group, props.Zone, props.Host,
		awsroute53targets.NewApiGatewayv2DomainProperties(domain.RegionalDomainName(), domain.RegionalHostedZoneId()))
}

// newAddressRecords points a host at an AWS resource, by IPv4 and IPv6.
func newAddressRecords(scope constructs.Construct, zone awsroute53.IHostedZone, host string, target awsroute53.IAliasRecordTarget) {
	awsroute53.NewARecord(scope, jsii.String("IPv4"), &awsroute53.ARecordProps{
		Zone:       zone,
		RecordName: jsii.String(host),
		Target:     awsroute53.RecordTarget_FromAlias(target),
	})
	awsroute53.NewAaaaRecord(scope, jsii.String("IPv6"), &awsroute53.AaaaRecordProps{
		Zone:       zone,
		RecordName: jsii.String(host),
		Target:     awsroute53.RecordTarget_FromAlias(target),
	})
}
