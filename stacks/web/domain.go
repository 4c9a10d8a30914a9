package web

import (
	"errors"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53targets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// DomainProps describe the domain name that APIs are mapped onto.
type DomainProps struct {
	// Host is the domain name: "api.example.com". Required.
	Host string

	// Zone is the hosted zone that Host is in. Required.
	Zone awsroute53.IHostedZone

	// TrustStore has the domain name refuse every client that does not show a
	// certificate of one of its authorities.
	// Default: every client may call.
	TrustStore *TrustStore
}

// TrustStore is an object in S3: certificates of authorities, one after the
// other in PEM. It is there before the domain name.
type TrustStore struct {
	// Bucket is the name of its bucket, which is versioned and in the domain
	// name's region. Required.
	Bucket string

	// Key is the object's key. Required.
	Key string

	// VersionParameter is the SSM parameter, in the same region, that holds the
	// version to use. API Gateway reads the object when it is told another
	// version, and CloudFormation reads the parameter at every deployment.
	// Required.
	VersionParameter string
}

// NewDomain defines an API Gateway domain name of its stack's region, with its
// certificate and its address records. APIs name it by its host.
func NewDomain(scope constructs.Construct, id string, props *DomainProps) {
	switch {
	case props.Host == "" || props.Zone == nil:
		panic(&Error{"domain", id, errors.New("want a host and its zone")})
	case props.TrustStore != nil && (props.TrustStore.Bucket == "" || props.TrustStore.Key == "" || props.TrustStore.VersionParameter == ""):
		panic(&Error{"domain", id, errors.New("its trust store: want a bucket, a key and the parameter of its version")})
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
		Mtls:           mutualTLS(group, props.TrustStore),
		SecurityPolicy: awsapigatewayv2.SecurityPolicy_TLS_1_2, // the one that HTTP APIs can be mapped onto; it takes TLS 1.3 too
	})
	newAddressRecords(group, props.Zone, props.Host,
		awsroute53targets.NewApiGatewayv2DomainProperties(domain.RegionalDomainName(), domain.RegionalHostedZoneId()))
}

// mutualTLS names the trust store. Its version is a parameter of the template
// and not a dynamic reference, which is only read when the template changes.
func mutualTLS(scope constructs.Construct, store *TrustStore) *awsapigatewayv2.MTLSConfig {
	if store == nil {
		return nil
	}
	version := awscdk.NewCfnParameter(scope, jsii.String("TrustStoreVersion"), &awscdk.CfnParameterProps{
		Type:        jsii.String("AWS::SSM::Parameter::Value<String>"),
		Default:     jsii.String(store.VersionParameter),
		Description: jsii.String("The version of the trust store to use"),
	})
	return &awsapigatewayv2.MTLSConfig{
		Bucket:  awss3.Bucket_FromBucketName(scope, jsii.String("TrustStore"), jsii.String(store.Bucket)),
		Key:     jsii.String(store.Key),
		Version: version.ValueAsString(),
	}
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
