package aws

import (
	"encoding/json"
	"fmt"

	"annex/local/assembly"
	"annex/local/aws/iam"
)

// Bucket is an S3 bucket of the templates.
type Bucket struct {
	Name     string
	ARN      string
	Account  string
	Region   string
	Resource string      // names it in messages
	Domains  []string    // <bucket>.s3.<region>.amazonaws.com and the form without the region
	Policy   *iam.Policy // its bucket policy, or nil

	Events    bool // it tells EventBridge of its objects
	Versioned bool // each write is another version, of which the newest is kept

	Readers []Reader // the distributions that have it as an origin
}

// Reader is a CloudFront distribution that reads from a bucket.
type Reader struct {
	ARN    string
	Signed bool // by an origin access control; without one the requests are anybody's
}

// bucketProperties are those of AWS::S3::Bucket. Those of type any that are
// not in a notice (encryption, ownership, metrics, labels) have no effect on
// what requests get.
type bucketProperties struct {
	BucketName any // is what Ref gives

	VersioningConfiguration   struct{ Status string }
	CorsConfiguration         any
	LifecycleConfiguration    any
	NotificationConfiguration struct {
		EventBridgeConfiguration *struct{ EventBridgeEnabled *bool }

		LambdaConfigurations, QueueConfigurations, TopicConfigurations any
	}
	ReplicationConfiguration any
	WebsiteConfiguration     any
	ObjectLockConfiguration  any
	ObjectLockEnabled        bool
	AccessControl            string
	BucketEncryption         struct {
		ServerSideEncryptionConfiguration []struct {
			ServerSideEncryptionByDefault struct{ SSEAlgorithm, KMSMasterKeyID any }
			BucketKeyEnabled              any // what KMS costs
			BlockedEncryptionTypes        any // what a request may choose
		}
	}

	AbacStatus                       any
	AccelerateConfiguration          any
	AnalyticsConfigurations          any
	BucketNamePrefix                 any
	BucketNamespace                  any
	IntelligentTieringConfigurations any
	InventoryConfigurations          any
	LoggingConfiguration             any
	MetadataConfiguration            any
	MetadataTableConfiguration       any
	MetricsConfigurations            any
	OwnershipControls                any
	PublicAccessBlockConfiguration   any
	Tags                             any
}

const versioningEnabled = "Enabled"

func readBuckets(a *assembly.Assembly) ([]Bucket, []assembly.Notice, error) {
	policies, notices, err := readBucketPolicies(a)
	if err != nil {
		return nil, nil, err
	}
	readers, err := readReaders(a)
	if err != nil {
		return nil, nil, err
	}
	var buckets []Bucket
	for _, r := range a.Resources("AWS::S3::Bucket") {
		var p bucketProperties
		if err := notices.Decode(r, &p); err != nil {
			return nil, nil, err
		}
		notices = append(notices, bucketNotices(r, p)...)
		b := Bucket{
			Name: r.Ref(), Account: r.Stack.Account, Region: r.Stack.Region, Resource: r.String(), Policy: policies[r.Ref()],
			Versioned: p.VersioningConfiguration.Status == versioningEnabled,
		}
		if to := p.NotificationConfiguration.EventBridgeConfiguration; to != nil {
			b.Events = to.EventBridgeEnabled == nil || *to.EventBridgeEnabled
		}
		if b.ARN, err = r.Att("Arn"); err != nil {
			return nil, nil, err
		}
		for _, name := range []string{"RegionalDomainName", "DomainName"} {
			domain, err := r.Att(name)
			if err != nil {
				return nil, nil, err
			}
			b.Domains = append(b.Domains, domain)
			b.Readers = append(b.Readers, readers[domain]...)
		}
		buckets = append(buckets, b)
	}
	return buckets, notices, nil
}

// onlyEventBridge is about where a bucket tells of its objects.
const onlyEventBridge = "local mode sends a bucket's events to EventBridge alone: set EventBridgeConfiguration, and a rule"

// unaskedKey is about a customer's own KMS key.
const unaskedKey = "nothing is encrypted, and nobody needs permissions on the key"

func bucketNotices(r *assembly.Resource, p bucketProperties) []assembly.Notice {
	var notices []assembly.Notice
	for _, rule := range p.BucketEncryption.ServerSideEncryptionConfiguration {
		notices = append(notices, notice(rule.ServerSideEncryptionByDefault.KMSMasterKeyID != nil, r, "BucketEncryption", unaskedKey)...)
	}
	for _, n := range []struct {
		when             bool
		property, reason string
	}{
		{p.VersioningConfiguration.Status == versioningEnabled, "VersioningConfiguration", "only the newest version of an object is kept"},
		{p.CorsConfiguration != nil, "CorsConfiguration", "browsers cannot use the bucket directly"},
		{p.LifecycleConfiguration != nil, "LifecycleConfiguration", "objects never expire or move"},
		{p.NotificationConfiguration.LambdaConfigurations != nil, "NotificationConfiguration.LambdaConfigurations", onlyEventBridge},
		{p.NotificationConfiguration.QueueConfigurations != nil, "NotificationConfiguration.QueueConfigurations", onlyEventBridge},
		{p.NotificationConfiguration.TopicConfigurations != nil, "NotificationConfiguration.TopicConfigurations", onlyEventBridge},
		{p.ReplicationConfiguration != nil, "ReplicationConfiguration", "objects are not replicated"},
		{p.WebsiteConfiguration != nil, "WebsiteConfiguration", "the bucket has no website endpoint"},
		{p.ObjectLockConfiguration != nil || p.ObjectLockEnabled, "ObjectLockConfiguration", "objects can always be deleted"},
		{p.AccessControl == "PublicRead" || p.AccessControl == "PublicReadWrite", "AccessControl", "the bucket is not public: only its policy and IAM decide"},
	} {
		notices = append(notices, notice(n.when, r, n.property, n.reason)...)
	}
	return notices
}

// readBucketPolicies reads the policies by the names of their buckets.
func readBucketPolicies(a *assembly.Assembly) (map[string]*iam.Policy, assembly.Notices, error) {
	policies := map[string]*iam.Policy{}
	var notices assembly.Notices
	for _, r := range a.Resources("AWS::S3::BucketPolicy") {
		var p struct {
			Bucket         string
			PolicyDocument json.RawMessage
		}
		if err := notices.Decode(r, &p); err != nil {
			return nil, nil, err
		}
		policy, err := iam.Parse(p.PolicyDocument)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", r, err)
		}
		policies[p.Bucket] = policy
		notices = append(notices, unjudged(r, "PolicyDocument", policy)...)
	}
	return policies, notices, nil
}

// readReaders reads which distribution has which bucket's domain as an
// origin. All else of a distribution is local/cloudfront's.
func readReaders(a *assembly.Assembly) (map[string][]Reader, error) {
	readers := map[string][]Reader{}
	for _, r := range a.Resources("AWS::CloudFront::Distribution") {
		var p struct {
			DistributionConfig struct {
				Origins []struct{ DomainName, OriginAccessControlId string } //nolint:revive // CloudFormation's name
			}
		}
		if _, err := r.Decode(&p); err != nil {
			return nil, err
		}
		arn := fmt.Sprintf("arn:aws:cloudfront::%s:distribution/%s", r.Stack.Account, r.Ref())
		for _, origin := range p.DistributionConfig.Origins {
			reader := Reader{ARN: arn, Signed: origin.OriginAccessControlId != ""}
			readers[origin.DomainName] = append(readers[origin.DomainName], reader)
		}
	}
	return readers, nil
}
