package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3deployment"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/bundle"
	"annex/stacks/check"
	"annex/stacks/web"
)

// indexKey is the key of the search index in its bucket.
const indexKey = "index/products.json"

// NewSearch defines the product search: an API over an index object in a bucket
// of its own. Each deployment that changes stacks/catalogue replaces the index
// with what is there, and so an index that was uploaded since: the bucket keeps
// that as an earlier version.
func NewSearch(scope constructs.Construct, stage Stage, domain Domain, code *bundle.Handlers) awscdk.Stack {
	service := newService(scope, "search", stage, domain, "The product search")
	stack := service.stack

	index := awss3.NewBucket(stack, jsii.String("Index"), &awss3.BucketProps{
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		Encryption:        awss3.BucketEncryption_S3_MANAGED,
		EnforceSSL:        jsii.Bool(true),
		Versioned:         jsii.Bool(true),
		RemovalPolicy:     awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE,
	})
	check.Accept(index, check.Exception{
		Rule:   "AwsSolutions-S1",
		Reason: "anybody may search what it holds, and only the function and deployments reach it",
	})
	awss3deployment.NewBucketDeployment(stack, jsii.String("Catalogue"), &awss3deployment.BucketDeploymentProps{
		Sources:           &[]awss3deployment.ISource{awss3deployment.Source_Asset(jsii.String("stacks/catalogue"), nil)},
		DestinationBucket: index,
		Prune:             jsii.Bool(false), // the bucket's other objects are not the deployment's
		LogGroup: awslogs.NewLogGroup(stack, jsii.String("CatalogueLogs"), &awslogs.LogGroupProps{
			Retention:     stage.logRetention(),
			RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
		}),
	})

	words := web.NewLayer(stack, "Words", &web.LayerProps{Folder: "lambdas/layers/words"})
	search := service.function("Search", &web.FunctionProps{
		Code: code.Handler("search"),
		Environment: map[string]string{
			"INDEX_BUCKET": *index.BucketName(),
			"INDEX_KEY":    indexKey,
			"STOP_WORDS":   words.Path("stopwords.txt"),
			"SYNONYMS":     words.Path("synonyms.txt"),
		},
		Layers: []*web.Layer{words},
	})
	search.Function.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings("s3:GetObject"),
		Resources: &[]*string{index.ArnForObjects(jsii.String("index/*"))},
	}))
	check.AcceptGrants(search.Function.Role(), check.Exception{
		Rule:     "AwsSolutions-IAM5",
		Findings: []string{"Resource::<" + *stack.GetLogicalId(index.Node().DefaultChild().(awscdk.CfnElement)) + ".Arn>/index/*"},
		Reason:   "it reads whichever object below index/ is its index, and nothing else",
	})
	// With leave to list, S3 answers 404 where there is no index yet; without, 403.
	search.Function.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings("s3:ListBucket"),
		Resources: &[]*string{index.BucketArn()},
	}))

	service.check("SearchCheck", search, &web.ReleaseCheckProps{Code: code.Handler("searchcheck")})

	api := service.api("search")
	web.NewRoute(stack, "Find", &web.RouteProps{API: api, Key: "GET /", Function: search})
	web.NewRoute(stack, "Health", &web.RouteProps{API: api, Key: "GET /health", Function: search})
	return stack
}
