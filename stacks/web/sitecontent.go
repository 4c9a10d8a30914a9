package web

import (
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3deployment"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/check"
)

// newContentBucket defines the bucket of the site's files, which CloudFront
// alone reads.
//
// What a deployment overwrites or removes is kept for a month as an earlier
// version, so that the content of any moment in it can be had again: long
// enough to notice a mistake, and to go back without the sources of that day.
func newContentBucket(scope constructs.Construct) awss3.Bucket {
	bucket := awss3.NewBucket(scope, jsii.String("Content"), &awss3.BucketProps{
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		Encryption:        awss3.BucketEncryption_S3_MANAGED,
		EnforceSSL:        jsii.Bool(true),
		Versioned:         jsii.Bool(true),
		LifecycleRules: &[]*awss3.LifecycleRule{
			{
				// Each deployment that changes a file uploads them all again, so that
				// every one of them has a version more.
				NoncurrentVersionExpiration: awscdk.Duration_Days(jsii.Number(30)),
				ExpiredObjectDeleteMarker:   jsii.Bool(true),
			},
			{AbortIncompleteMultipartUploadAfter: awscdk.Duration_Days(jsii.Number(1))},
		},
		RemovalPolicy: awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE,
	})
	check.Accept(bucket, check.Exception{
		Rule:   "AwsSolutions-S1",
		Reason: "only the distribution reads it, whose own log has every request, and only deployments write it",
	})
	return bucket
}

// hashed is the pattern, one of the AWS CLI's, of files that carry a hash of
// their content in their name: app.0f1e2d3c.js. Such a name never gets other
// content.
var hashed = "*." + strings.Repeat("[0-9a-f]", 8) + ".*"

// deploy copies the content into the bucket, and has CloudFront forget what it
// cached.
//
// Files whose name carries a hash come first, for the pages that name them to
// find them, and browsers never ask for them again. None of them is removed, for
// a page that was loaded before a release goes on to ask for its own. So the
// bucket grows by what each release renames: at 1 MB and a release a day, by
// less than a cent a month after a year. `aws s3 rm` removes what is too old.
//
// The rest browsers ask about each time, and CloudFront answers from its cache,
// so that a release is seen as soon as it is complete. Until then a page may
// meet the script of the other release, where the script's name has no hash:
// the files are uploaded one after another.
func deploy(scope constructs.Construct, bucket awss3.Bucket, distribution awscloudfront.Distribution, props *SiteProps) {
	content := awss3deployment.Source_Asset(jsii.String(props.Content), nil)
	sources := []awss3deployment.ISource{content}
	if props.Config != nil {
		sources = append(sources, awss3deployment.Source_JsonData(jsii.String("config.json"), props.Config, nil))
	}
	// One function deploys both, and takes its log group from the first.
	logs := awslogs.NewLogGroup(scope, jsii.String("DeploymentLogs"), &awslogs.LogGroupProps{
		Retention:     props.logRetention(),
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	first := awss3deployment.NewBucketDeployment(scope, jsii.String("HashedDeployment"), &awss3deployment.BucketDeploymentProps{
		Sources:           &[]awss3deployment.ISource{content},
		DestinationBucket: bucket,
		Exclude:           jsii.Strings("*"),
		Include:           jsii.Strings(hashed),
		Prune:             jsii.Bool(false),
		CacheControl: &[]awss3deployment.CacheControl{
			awss3deployment.CacheControl_SetPublic(),
			awss3deployment.CacheControl_MaxAge(seconds(365 * 24 * time.Hour)),
			awss3deployment.CacheControl_Immutable(),
		},
		LogGroup: logs,
	})
	rest := awss3deployment.NewBucketDeployment(scope, jsii.String("Deployment"), &awss3deployment.BucketDeploymentProps{
		Sources:           &sources,
		DestinationBucket: bucket,
		Distribution:      distribution,
		Exclude:           jsii.Strings(hashed), // which keeps them from being removed, too
		CacheControl: &[]awss3deployment.CacheControl{
			awss3deployment.CacheControl_SetPublic(),
			awss3deployment.CacheControl_MaxAge(seconds(0)),
			awss3deployment.CacheControl_MustRevalidate(),
			awss3deployment.CacheControl_SMaxAge(seconds(24 * time.Hour)),
		},
		LogGroup: logs,
	})
	rest.Node().AddDependency(first)
}
