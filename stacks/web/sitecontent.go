package web

import (
	"cmp"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3deployment"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// newContentBucket defines the bucket of the site's files, which CloudFront
// alone reads.
func newContentBucket(scope constructs.Construct) awss3.Bucket {
	return awss3.NewBucket(scope, jsii.String("Content"), &awss3.BucketProps{
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		Encryption:        awss3.BucketEncryption_S3_MANAGED,
		EnforceSSL:        jsii.Bool(true),
		RemovalPolicy:     awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE,
	})
}

// deploy copies the content into the bucket, and has CloudFront forget what it
// cached. Browsers ask each time whether a file changed, and CloudFront answers
// from its cache, so that a release is seen as soon as it is complete. Until
// then a page may meet the script of the other release: the files are uploaded
// one after another.
func deploy(scope constructs.Construct, bucket awss3.Bucket, distribution awscloudfront.Distribution, props *SiteProps) {
	sources := []awss3deployment.ISource{awss3deployment.Source_Asset(jsii.String(props.Content), nil)}
	if props.Config != nil {
		sources = append(sources, awss3deployment.Source_JsonData(jsii.String("config.json"), props.Config, nil))
	}
	awss3deployment.NewBucketDeployment(scope, jsii.String("Deployment"), &awss3deployment.BucketDeploymentProps{
		Sources:           &sources,
		DestinationBucket: bucket,
		Distribution:      distribution,
		CacheControl: &[]awss3deployment.CacheControl{
			awss3deployment.CacheControl_SetPublic(),
			awss3deployment.CacheControl_MaxAge(seconds(0)),
			awss3deployment.CacheControl_MustRevalidate(),
			awss3deployment.CacheControl_SMaxAge(seconds(24 * time.Hour)),
		},
		LogGroup: awslogs.NewLogGroup(scope, jsii.String("DeploymentLogs"), &awslogs.LogGroupProps{
			Retention:     cmp.Or(props.LogRetention, awslogs.RetentionDays_ONE_MONTH),
			RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
		}),
	})
}
