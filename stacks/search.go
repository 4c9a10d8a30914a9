package stacks

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3deployment"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/bundle"
	"annex/stacks/check"
	"annex/stacks/web"
)

// Where catalogues are uploaded in the search's bucket, and where the index of
// the latest is.
const (
	catalogues = "catalogue/"
	indexKey   = "index/products.json"
)

// NewSearch defines the product search: an API over an index in a bucket of its
// own, and what builds that of the catalogue that was uploaded last. Each
// deployment that changes stacks/catalogue uploads what is there.
func NewSearch(scope constructs.Construct, stage Stage, domain Domain, code *bundle.Handlers) awscdk.Stack {
	service := newService(scope, "search", stage, domain, "The product search")
	stack := service.stack

	index := awss3.NewBucket(stack, jsii.String("Index"), &awss3.BucketProps{
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		Encryption:        awss3.BucketEncryption_S3_MANAGED,
		EnforceSSL:        jsii.Bool(true),
		Versioned:         jsii.Bool(true),
		LifecycleRules: &[]*awss3.LifecycleRule{
			// Each upload makes another version of a catalogue and of the index. A month
			// of them is more than dead letters are kept for.
			{NoncurrentVersionExpiration: awscdk.Duration_Days(jsii.Number(30)), ExpiredObjectDeleteMarker: jsii.Bool(true)},
			{AbortIncompleteMultipartUploadAfter: awscdk.Duration_Days(jsii.Number(1))},
		},
		RemovalPolicy: awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE,
	})
	check.Accept(index, check.Exception{
		Rule:   "AwsSolutions-S1",
		Reason: "anybody may search what it holds, and only the functions and deployments reach it",
	})
	keepIndex(service, index, code)

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
	allow(search.Function, *index.ArnForObjects(jsii.String(indexKey)), "s3:GetObject")
	// With leave to list, S3 answers 404 where there is no index yet; without, 403.
	allow(search.Function, *index.BucketArn(), "s3:ListBucket")

	service.check("SearchCheck", search, &web.ReleaseCheckProps{Code: code.Handler("searchcheck")})

	api := service.api("search")
	web.NewRoute(stack, "Find", &web.RouteProps{API: api, Key: "GET /", Function: search})
	web.NewRoute(stack, "Health", &web.RouteProps{API: api, Key: "GET /health", Function: search})
	return stack
}

// keepIndex has the index be that of the latest catalogue. What builds it may
// not write where catalogues are, so that it cannot call itself.
func keepIndex(service *service, index awss3.Bucket, code *bundle.Handlers) {
	stack := service.stack
	indexer := service.worker("Indexer", &web.FunctionProps{
		Code: code.Handler("indexer"),
		Environment: map[string]string{
			"INDEX_BUCKET":     *index.BucketName(),
			"INDEX_KEY":        indexKey,
			"CATALOGUE_PREFIX": catalogues,
		},
		Timeout: 40 * time.Second, // a catalogue of 10 MB takes some 15, with this function's share of a CPU
	})
	// It replaces the index only where that is the one that it read.
	allow(indexer.Function, *index.ArnForObjects(jsii.String(indexKey)), "s3:GetObject", "s3:PutObject")
	allow(indexer.Function, *index.BucketArn(), "s3:ListBucket")

	uploaded := service.onObject("Uploaded", &web.OnObjectProps{
		Bucket:         index,
		Prefix:         catalogues,
		Suffix:         ".json",
		Function:       indexer,
		BatchSize:      1, // each may take long
		MaxConcurrency: 2, // of more, all but one would build in vain
	})
	catalogue := awss3deployment.NewBucketDeployment(stack, jsii.String("Catalogue"), &awss3deployment.BucketDeploymentProps{
		Sources:              &[]awss3deployment.ISource{awss3deployment.Source_Asset(jsii.String("stacks/catalogue"), nil)},
		DestinationBucket:    index,
		DestinationKeyPrefix: jsii.String(catalogues),
		Prune:                jsii.Bool(false), // the bucket's other objects are not the deployment's
		LogGroup: awslogs.NewLogGroup(stack, jsii.String("CatalogueLogs"), &awslogs.LogGroupProps{
			Retention:     service.stage.logRetention(),
			RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
		}),
	})
	catalogue.Node().AddDependency(uploaded.Construct)
	// S3's events of a new bucket begin some minutes after it was made. So once the
	// first catalogue is there the indexer looks for itself, for a rate begins at
	// once ("Schedule types in EventBridge Scheduler"), and from then on.
	service.onSchedule("CatchUp", &web.OnScheduleProps{
		Schedule: "rate(15 minutes)",
		Function: indexer,
		Input:    map[string]bool{"catchUp": true},
	}).Construct.Node().AddDependency(catalogue)
}
