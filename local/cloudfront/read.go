package cloudfront

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"annex/local/assembly"
)

// Read finds the assembly's distributions and resolves what they refer to.
// What cannot be served here is in the notices, and where a request would need
// it, in the behaviour's Unsupported. The error is of a malformed template and
// names the resource.
func Read(a *assembly.Assembly) ([]Distribution, []assembly.Notice, error) {
	r := reader{
		cachePolicies:           managedCachePolicies(),
		originRequestPolicies:   managedOriginRequestPolicies(),
		responseHeadersPolicies: managedResponseHeadersPolicies(),
		functions:               map[string]*Function{},
		unusable:                map[string]string{},
		accessControls:          map[string]bool{},
	}
	for _, step := range []struct {
		kind string
		read func(*assembly.Resource) error
	}{
		{"AWS::CloudFront::CachePolicy", r.readCachePolicy},
		{"AWS::CloudFront::OriginRequestPolicy", r.readOriginRequestPolicy},
		{"AWS::CloudFront::ResponseHeadersPolicy", r.readResponseHeadersPolicy},
		{"AWS::CloudFront::OriginAccessControl", r.readAccessControl},
		{"AWS::CloudFront::Function", r.readFunction},
	} {
		for _, resource := range a.Resources(step.kind) {
			if err := step.read(resource); err != nil {
				return nil, nil, err
			}
		}
	}
	var distributions []Distribution
	for _, resource := range a.Resources("AWS::CloudFront::Distribution") {
		d, err := r.readDistribution(resource)
		if err != nil {
			return nil, nil, err
		}
		distributions = append(distributions, d)
	}
	return distributions, r.notices, nil
}

// reader holds what distributions refer to, by the reference.
type reader struct {
	cachePolicies           map[string]CachePolicy
	originRequestPolicies   map[string]*OriginRequestPolicy
	responseHeadersPolicies map[string]*ResponseHeadersPolicy
	functions               map[string]*Function
	unusable                map[string]string // why a function cannot run, by its ARN
	accessControls          map[string]bool
	notices                 assembly.Notices
}

func (r *reader) readAccessControl(resource *assembly.Resource) error {
	var p accessControlProperties
	if err := r.notices.Decode(resource, &p); err != nil {
		return err
	}
	r.accessControls[resource.Ref()] = true
	if c := p.OriginAccessControlConfig; c.SigningBehavior != "always" || c.OriginAccessControlOriginType != "s3" {
		r.notices.Add(resource, "OriginAccessControlConfig", "local mode reaches the bucket as an origin access control of type s3 that always signs")
	}
	return nil
}

func (r *reader) readFunction(resource *assembly.Resource) error {
	var p functionProperties
	if err := r.notices.Decode(resource, &p); err != nil {
		return err
	}
	arn, err := resource.Att("FunctionARN")
	if err != nil {
		return err
	}
	if len(p.FunctionConfig.KeyValueStoreAssociations) > 0 {
		r.notices.Add(resource, "FunctionConfig.KeyValueStoreAssociations", "key value stores are not served by local mode: requests that run the function get 501")
		r.unusable[arn] = fmt.Sprintf("the function %s reads a key value store, which local mode does not have", p.Name)
		return nil
	}
	f, err := NewFunction(p.Name, p.FunctionConfig.Runtime, p.FunctionCode)
	if err != nil {
		r.notices.Add(resource, "FunctionCode", err.Error()+": requests that run the function get 501")
		r.unusable[arn] = fmt.Sprintf("the function %s cannot run: %v", p.Name, err)
		return nil //nolint:nilerr // the template is well formed; what is wrong with the code is named
	}
	r.functions[arn] = f
	return nil
}

func (r *reader) readDistribution(resource *assembly.Resource) (Distribution, error) {
	var p distributionProperties
	if err := r.notices.Decode(resource, &p); err != nil {
		return Distribution{}, err
	}
	c := p.DistributionConfig
	domain, err := resource.Att("DomainName")
	if err != nil {
		return Distribution{}, err
	}
	d := Distribution{
		ID: resource.Ref(), DomainName: domain, Aliases: c.Aliases,
		DefaultRootObject: strings.TrimPrefix(c.DefaultRootObject, "/"),
		ErrorResponses:    map[int]ErrorResponse{},
	}
	r.nameUnserved(resource, c)
	origins := map[string]Origin{}
	unsupported := map[string]string{}
	for i, o := range c.Origins {
		property := fmt.Sprintf("DistributionConfig.Origins[%d]", i)
		origins[o.ID] = r.readOrigin(resource, property, o)
		if o.VPCOriginConfig != nil {
			unsupported[o.ID] = "its origin is in a VPC, which local mode does not have"
		}
	}
	for _, e := range c.CustomErrorResponses {
		ttl := defaultErrorTTL
		if e.ErrorCachingMinTTL != nil {
			ttl = seconds(*e.ErrorCachingMinTTL)
		}
		d.ErrorResponses[e.ErrorCode] = ErrorResponse{PagePath: e.ResponsePagePath, ResponseCode: e.ResponseCode, MinTTL: ttl}
	}
	c.DefaultCacheBehavior.PathPattern = "*"
	for i, b := range append(c.CacheBehaviors, c.DefaultCacheBehavior) {
		property := fmt.Sprintf("DistributionConfig.CacheBehaviors[%d]", i)
		if i == len(c.CacheBehaviors) {
			property = "DistributionConfig.DefaultCacheBehavior"
		}
		behaviour := Behaviour{
			PathPattern: b.PathPattern, Origin: origins[b.TargetOriginID], ViewerProtocolPolicy: b.ViewerProtocolPolicy,
			AllowedMethods: b.AllowedMethods, CachedMethods: b.CachedMethods, Compress: b.Compress,
			Unsupported: unsupported[b.TargetOriginID],
		}
		if len(behaviour.AllowedMethods) == 0 {
			behaviour.AllowedMethods = []string{http.MethodHead, http.MethodGet}
		}
		r.resolve(b, &behaviour)
		if !c.Enabled {
			behaviour.Unsupported = "the distribution is not enabled"
		}
		if behaviour.Unsupported != "" {
			r.notices.Add(resource, property, behaviour.Unsupported+": its requests get 501")
		}
		d.Behaviours = append(d.Behaviours, behaviour)
	}
	return d, nil
}

// resolve fills in what the behaviour refers to, and why it cannot be served.
func (r *reader) resolve(b behaviourProperties, into *Behaviour) {
	unsupported := func(when bool, reason string) {
		if when && into.Unsupported == "" {
			into.Unsupported = reason
		}
	}
	unsupported(into.Origin.ID == "", fmt.Sprintf("its target %q is not an origin: origin groups are not served by local mode", b.TargetOriginID))
	unsupported(len(b.LambdaFunctionAssociations) > 0, "it runs Lambda@Edge, which local mode does not have")
	unsupported(len(b.TrustedKeyGroups)+len(b.TrustedSigners) > 0, "it wants signed URLs or cookies, which local mode does not check")
	unsupported(b.FieldLevelEncryptionID != "", "it encrypts fields, which local mode does not")
	unsupported(b.SmoothStreaming, "it is for Smooth Streaming, which local mode does not serve")
	unsupported(b.GRPCConfig.Enabled, "it forwards gRPC, which local mode does not")
	unsupported(b.CachePolicyID == "", "it has the legacy cache settings: give it a cache policy")

	var ok bool
	if into.CachePolicy, ok = r.cachePolicies[b.CachePolicyID]; !ok {
		unsupported(true, fmt.Sprintf("its cache policy %s is neither in the assembly nor a managed one that local mode knows", b.CachePolicyID))
	}
	if id := b.OriginRequestPolicyID; id != "" {
		into.OriginRequestPolicy, ok = r.originRequestPolicies[id]
		unsupported(!ok, fmt.Sprintf("its origin request policy %s is neither in the assembly nor a managed one that local mode knows", id))
	}
	if id := b.ResponseHeadersPolicyID; id != "" {
		into.ResponseHeadersPolicy, ok = r.responseHeadersPolicies[id]
		unsupported(!ok, fmt.Sprintf("its response headers policy %s is neither in the assembly nor a managed one that local mode knows", id))
	}
	for _, association := range b.FunctionAssociations {
		f := r.functions[association.FunctionARN]
		switch {
		case f == nil && r.unusable[association.FunctionARN] != "":
			unsupported(true, r.unusable[association.FunctionARN])
		case f == nil:
			unsupported(true, fmt.Sprintf("its function %s is not in the assembly", association.FunctionARN))
		case association.EventType == "viewer-request":
			into.ViewerRequest = f
		case association.EventType == "viewer-response":
			into.ViewerResponse = f
		default:
			unsupported(true, fmt.Sprintf("local mode runs no functions at %s", association.EventType))
		}
	}
}

func (r *reader) readOrigin(resource *assembly.Resource, property string, o originProperties) Origin {
	origin := Origin{
		ID: o.ID, DomainName: o.DomainName, Path: strings.TrimSuffix(o.OriginPath, "/"),
		S3: o.S3OriginConfig != nil, ProtocolPolicy: "https-only", HTTPPort: 80, HTTPSPort: 443,
		ConnectionAttempts: 3, ConnectionTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		CustomHeaders: http.Header{},
	}
	set := func(to *int, value int) {
		if value > 0 {
			*to = value
		}
	}
	set(&origin.ConnectionAttempts, o.ConnectionAttempts)
	if o.ConnectionTimeout > 0 {
		origin.ConnectionTimeout = time.Duration(o.ConnectionTimeout) * time.Second
	}
	for _, h := range o.OriginCustomHeaders {
		origin.CustomHeaders.Add(h.HeaderName, h.HeaderValue)
	}
	readTimeout := 0
	if custom := o.CustomOriginConfig; custom != nil {
		origin.ProtocolPolicy = custom.OriginProtocolPolicy
		set(&origin.HTTPPort, custom.HTTPPort)
		set(&origin.HTTPSPort, custom.HTTPSPort)
		readTimeout = custom.OriginReadTimeout
		origin.ClientCertificate = custom.OriginMTLSConfig != nil
	}
	if bucket := o.S3OriginConfig; bucket != nil {
		readTimeout = bucket.OriginReadTimeout
		if bucket.OriginAccessIdentity != "" || !r.accessControls[o.OriginAccessControlID] {
			r.notices.Add(resource, property, "local mode reaches the bucket as an origin access control would, and the template gives the origin none")
		}
	}
	if readTimeout > 0 {
		origin.ReadTimeout = time.Duration(readTimeout) * time.Second
	}
	if o.ResponseCompletionTimeout != nil {
		r.notices.Add(resource, property+".ResponseCompletionTimeout", "local mode waits for the whole response without limit")
	}
	return origin
}

// nameUnserved names what the distribution has that changes no behaviour here
// and would on AWS.
func (r *reader) nameUnserved(resource *assembly.Resource, c distributionConfig) {
	for _, p := range []struct {
		name   string
		there  bool
		reason string
	}{
		{"WebACLId", c.WebACLID != nil, "WAF is not run here: every request passes"},
		{"Restrictions.GeoRestriction", c.Restrictions.GeoRestriction.RestrictionType != "" && c.Restrictions.GeoRestriction.RestrictionType != "none", "local mode knows no countries: every request passes"},
		{"Staging", c.Staging, "local mode serves a staging distribution like any other"},
		{"ContinuousDeploymentPolicyId", c.ContinuousDeploymentPolicyID != nil, "local mode sends every request to this distribution"},
		{"ConnectionFunctionAssociation", c.ConnectionFunctionAssociation != nil, "local mode runs no connection functions"},
		{"ViewerMtlsConfig", c.ViewerMTLSConfig != nil, "local mode asks viewers for no certificate"},
		{"TenantConfig", c.TenantConfig != nil, "local mode has no tenants"},
		{"CNAMEs", c.CNAMEs != nil, "local mode reads Aliases instead"},
		{"CustomOrigin", c.CustomOrigin != nil, "local mode reads Origins instead"},
		{"S3Origin", c.S3Origin != nil, "local mode reads Origins instead"},
	} {
		if p.there {
			r.notices.Add(resource, "DistributionConfig."+p.name, p.reason)
		}
	}
}
