package cloudfront

// The properties of the AWS::CloudFront types, as the CloudFormation template
// reference names them. A field of type any is known: its comment says why it
// has no effect here, or that its presence is named as a notice.

type distributionProperties struct {
	DistributionConfig distributionConfig
	Tags               any // no effect on requests
}

type distributionConfig struct {
	Aliases              []string
	CacheBehaviors       []behaviourProperties
	CustomErrorResponses []errorResponseProperties
	DefaultCacheBehavior behaviourProperties
	DefaultRootObject    string
	Enabled              bool
	Origins              []originProperties
	OriginGroups         struct{ Quantity, Items any } // a behaviour that targets one gets 501
	Restrictions         struct {
		GeoRestriction struct {
			RestrictionType string // other than "none" is a notice
			Locations       any
		}
	}
	WebACLID any  `json:"WebACLId"` // a notice
	Staging  bool // a notice

	// No effect: what a viewer's connection looks like is the runner's own, and
	// the rest is about prices, logs and names.
	AnycastIPListID   any `json:"AnycastIpListId"`
	Comment           any
	ConnectionMode    any
	HTTPVersion       any `json:"HttpVersion"`
	IPV6Enabled       any
	Logging           any
	PriceClass        any
	ViewerCertificate any

	// Notices.
	CNAMEs                        any
	ConnectionFunctionAssociation any
	ContinuousDeploymentPolicyID  any `json:"ContinuousDeploymentPolicyId"`
	CustomOrigin                  any
	S3Origin                      any
	TenantConfig                  any
	ViewerMTLSConfig              any `json:"ViewerMtlsConfig"`
}

type behaviourProperties struct {
	AllowedMethods          []string
	CachedMethods           []string
	CachePolicyID           string `json:"CachePolicyId"`
	Compress                bool
	FunctionAssociations    []struct{ EventType, FunctionARN string }
	OriginRequestPolicyID   string `json:"OriginRequestPolicyId"`
	PathPattern             string
	ResponseHeadersPolicyID string `json:"ResponseHeadersPolicyId"`
	TargetOriginID          string `json:"TargetOriginId"`
	ViewerProtocolPolicy    string

	RealtimeLogConfigARN any `json:"RealtimeLogConfigArn"` // no effect on requests

	// The legacy cache settings, which stand instead of a cache policy. A
	// behaviour that has none gets 501.
	ForwardedValues, DefaultTTL, MaxTTL, MinTTL any

	// A behaviour with one of these gets 501.
	FieldLevelEncryptionID     string                 `json:"FieldLevelEncryptionId"`
	GRPCConfig                 struct{ Enabled bool } `json:"GrpcConfig"`
	LambdaFunctionAssociations []any
	SmoothStreaming            bool
	TrustedKeyGroups           []any
	TrustedSigners             []any
}

type errorResponseProperties struct {
	ErrorCode          int
	ErrorCachingMinTTL *float64
	ResponseCode       int
	ResponsePagePath   string
}

type originProperties struct {
	ID                    string `json:"Id"`
	DomainName            string
	OriginPath            string
	ConnectionAttempts    int
	ConnectionTimeout     int
	OriginAccessControlID string `json:"OriginAccessControlId"`
	OriginCustomHeaders   []struct{ HeaderName, HeaderValue string }
	CustomOriginConfig    *struct {
		HTTPPort, HTTPSPort  int
		OriginProtocolPolicy string
		OriginReadTimeout    int

		// No effect: how the connection to the origin is kept is the runner's own.
		IPAddressType          any `json:"IpAddressType"`
		OriginKeepaliveTimeout any
		OriginSSLProtocols     any

		OriginMTLSConfig *struct {
			ClientCertificateARN any `json:"ClientCertificateArn"` // no effect: that there is one is all that counts
		} `json:"OriginMtlsConfig"`
	}
	S3OriginConfig *struct {
		OriginAccessIdentity string // legacy: a notice
		OriginReadTimeout    int
	}
	OriginShield              any // no effect: there is one cache
	ResponseCompletionTimeout any // a notice
	VPCOriginConfig           any `json:"VpcOriginConfig"` // a behaviour that targets it gets 501
}

type functionProperties struct {
	Name           string
	FunctionCode   string
	FunctionConfig struct {
		Comment                   any // no effect
		Runtime                   string
		KeyValueStoreAssociations []any // a behaviour that runs it gets 501
	}
	AutoPublish, FunctionMetadata, Tags any // no effect: the code that would be published runs
}

// accessControlProperties are those of an origin access control. It signs
// requests on AWS and has nothing to do here, where the bucket is reached in
// process.
type accessControlProperties struct {
	OriginAccessControlConfig struct {
		Name, Description, SigningProtocol any
		OriginAccessControlOriginType      string
		SigningBehavior                    string
	}
}

type cachePolicyProperties struct {
	CachePolicyConfig struct {
		Name                                     string
		Comment                                  any // no effect
		MinTTL, DefaultTTL, MaxTTL               float64
		ParametersInCacheKeyAndForwardedToOrigin struct {
			EnableAcceptEncodingGzip, EnableAcceptEncodingBrotli bool

			CookiesConfig      cookiesConfig
			HeadersConfig      headersConfig
			QueryStringsConfig queryStringsConfig
		}
	}
}

type originRequestPolicyProperties struct {
	OriginRequestPolicyConfig struct {
		Name    string
		Comment any // no effect

		CookiesConfig      cookiesConfig
		HeadersConfig      headersConfig
		QueryStringsConfig queryStringsConfig
	}
}

type cookiesConfig struct {
	CookieBehavior string
	Cookies        []string
}

type headersConfig struct {
	HeaderBehavior string
	Headers        []string
}

type queryStringsConfig struct {
	QueryStringBehavior string
	QueryStrings        []string
}

type responseHeadersPolicyProperties struct {
	ResponseHeadersPolicyConfig struct {
		Name                      string
		Comment                   any // no effect
		CorsConfig                *corsConfig
		CustomHeadersConfig       struct{ Items []customHeader }
		RemoveHeadersConfig       struct{ Items []struct{ Header string } }
		SecurityHeadersConfig     securityHeadersConfig
		ServerTimingHeadersConfig struct {
			Enabled      bool // a notice
			SamplingRate any
		}
	}
}

type corsConfig struct {
	AccessControlAllowCredentials bool
	AccessControlAllowHeaders     struct{ Items []string }
	AccessControlAllowMethods     struct{ Items []string }
	AccessControlAllowOrigins     struct{ Items []string }
	AccessControlExposeHeaders    struct{ Items []string }
	AccessControlMaxAgeSec        *int
	OriginOverride                bool
}

type customHeader struct {
	Header, Value string
	Override      bool
}

type securityHeadersConfig struct {
	ContentSecurityPolicy *struct {
		ContentSecurityPolicy string
		Override              bool
	}
	ContentTypeOptions *struct{ Override bool }
	FrameOptions       *struct {
		FrameOption string
		Override    bool
	}
	ReferrerPolicy *struct {
		ReferrerPolicy string
		Override       bool
	}
	StrictTransportSecurity *struct {
		AccessControlMaxAgeSec               int
		IncludeSubdomains, Override, Preload bool
	}
	XSSProtection *struct {
		ModeBlock, Override, Protection bool
		ReportURI                       string `json:"ReportUri"`
	}
}
