package stacks_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/google/go-cmp/cmp"

	"annex/stacks"
	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

func TestMain(m *testing.M) { os.Exit(cdktest.Run(m, "..", cdktest.Unvalidated)) }

// define gives the app of a stage.
func define(t *testing.T, stage stacks.Stage) awscdk.App {
	t.Helper()
	app := cdktest.NewApp(t, nil)
	stacks.New(app, stage, bundle.NewPlaceholders(t.TempDir()))
	return app
}

func TestServicesAreDeployedAfterTheDomainAndAlone(t *testing.T) {
	got := map[string][]string{}
	for _, child := range *define(t, stage()).Node().Children() {
		stack, ok := child.(awscdk.Stack)
		if !ok {
			continue
		}
		got[*stack.StackName()] = []string{}
		for _, dependency := range *stack.Dependencies() {
			got[*stack.StackName()] = append(got[*stack.StackName()], *dependency.StackName())
		}
	}
	want := map[string][]string{
		"annex-dev-domain":          {},
		"annex-dev-identity":        {},
		"annex-dev-site":            {"annex-dev-identity"},
		"annex-dev-cart":            {"annex-dev-domain", "annex-dev-identity"},
		"annex-dev-search":          {"annex-dev-domain"},
		"annex-dev-recommendations": {"annex-dev-domain", "annex-dev-cart"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("stacks by what they wait for (-want +got):\n", diff)
	}
}

func TestTheSiteIsInUSEast1AndTheRestInTheStagesRegion(t *testing.T) {
	for _, child := range *define(t, stage()).Node().Children() {
		stack, ok := child.(awscdk.Stack)
		if !ok {
			continue
		}
		want := "eu-west-1"
		if *stack.StackName() == "annex-dev-site" {
			want = "us-east-1"
		}
		if *stack.Region() != want || *stack.Account() != "111122223333" {
			t.Errorf("%s is in %s of %s", *stack.StackName(), *stack.Region(), *stack.Account())
		}
	}
}

// TestShopAsATeamWouldChangeIt checks what the fields of a stage do, all in one
// app for the time that it takes to make one.
func TestShopAsATeamWouldChangeIt(t *testing.T) {
	changed := stage()
	changed.APIPrefix = "lambda"
	changed.Container.Paths = []string{"/catalogue/*", "/api/*"}
	templates := cdktest.Synth(t, define(t, changed))

	var mappings []any
	for _, mapping := range templates["annex-dev-cart"].All("AWS::ApiGatewayV2::ApiMapping") {
		mappings = append(mappings, mapping.Properties["ApiMappingKey"])
	}
	if diff := cmp.Diff([]any{"cart", "lambda/cart"}, mappings); diff != "" {
		t.Error("mapping keys (-want +got):\n", diff)
	}

	distribution := templates["annex-dev-site"].Only(t, "AWS::CloudFront::Distribution")
	config := distribution.Properties["DistributionConfig"].(map[string]any)
	var behaviors []string
	for _, behavior := range config["CacheBehaviors"].([]any) {
		behavior := behavior.(map[string]any)
		behaviors = append(behaviors, fmt.Sprint(behavior["PathPattern"], " ", behavior["TargetOriginId"], " ", behavior["ViewerProtocolPolicy"]))
	}
	want := []string{
		"/lambda/* api.example.com https-only",
		"/catalogue/* container.example.com redirect-to-https",
		"/api/* container.example.com redirect-to-https",
	}
	if diff := cmp.Diff(want, behaviors); diff != "" {
		t.Error("behaviors (-want +got):\n", diff)
	}
}

func TestOnlyTheCheckoutAsksWhoCalls(t *testing.T) {
	template := cdktest.Synth(t, define(t, stage()))["annex-dev-cart"]
	authorizer := template.Only(t, "AWS::ApiGatewayV2::Authorizer").LogicalID
	got := map[string]any{}
	for _, route := range template.All("AWS::ApiGatewayV2::Route") {
		if id := route.Properties["AuthorizerId"]; id != nil {
			got[route.Properties["RouteKey"].(string)] = id
		}
	}
	if diff := cmp.Diff(map[string]any{"POST /{cart}/checkout": map[string]any{"Ref": authorizer}}, got); diff != "" {
		t.Error("authorizers by route (-want +got):\n", diff)
	}
}

// TestFunctionsMayDoOnlyWhatTheyNeed lists all that each function may do, and
// on what, but for its logs and traces.
func TestFunctionsMayDoOnlyWhatTheyNeed(t *testing.T) {
	templates := cdktest.Synth(t, define(t, stage()))
	for stack, want := range map[string][]string{
		"annex-dev-cart": {
			"Cart: dynamodb:GetItem on Carts, Orders",
			"Cart: dynamodb:PutItem on Carts, Orders",
			"CartCheck: codedeploy:PutLifecycleEventHookExecutionStatus on arn:aws:codedeploy:eu-west-1:111122223333:deploymentgroup:ReleasesApplication/CartRelease",
			"CartCheck: dynamodb:DeleteItem on Carts",
			"CartCheck: lambda:GetAlias on CartFunction, CartFunction:live",
			"CartCheck: lambda:InvokeFunction on CartFunction:*",
		},
		"annex-dev-search": {
			"Indexer: s3:GetObject on Index/catalogue/*",
			"Indexer: s3:GetObject on Index/index/products.json",
			"Indexer: s3:ListBucket on Index",
			"Indexer: s3:PutObject on Index/index/products.json",
			"Indexer: sqs:DeleteMessage on UploadedQueue",
			"Indexer: sqs:GetQueueAttributes on UploadedQueue",
			"Indexer: sqs:ReceiveMessage on UploadedQueue",
			"Indexer: sqs:SendMessage on IndexerDeadLetters",
			"Search: s3:GetObject on Index/index/products.json",
			"Search: s3:ListBucket on Index",
			"SearchCheck: codedeploy:PutLifecycleEventHookExecutionStatus on arn:aws:codedeploy:eu-west-1:111122223333:deploymentgroup:ReleasesApplication/SearchRelease",
			"SearchCheck: lambda:GetAlias on SearchFunction, SearchFunction:live",
			"SearchCheck: lambda:InvokeFunction on SearchFunction:*",
		},
	} {
		var got []string
		for _, action := range actions(t, templates[stack]) {
			if !strings.Contains(action, ": logs:") && !strings.Contains(action, ": xray:") {
				got = append(got, action)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", stack, diff)
		}
	}
}

// actions lists the actions that the functions with a handler may do, each with
// the function, and on what.
func actions(t *testing.T, template cdktest.Template) (actions []string) {
	t.Helper()
	roles := map[string]bool{}
	for _, function := range template.All("AWS::Lambda::Function") {
		if function.Metadata[web.HandlerMetadata] != nil {
			roles[function.Properties["Role"].(map[string]any)["Fn::GetAtt"].([]any)[0].(string)] = true
		}
	}
	for _, policy := range template.All("AWS::IAM::Policy") {
		var properties struct {
			Roles          []struct{ Ref string }
			PolicyDocument struct {
				Statement []struct{ Action, Resource any }
			}
		}
		text, err := json.Marshal(policy.Properties)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &properties); err != nil {
			t.Fatal(err)
		}
		if !roles[properties.Roles[0].Ref] {
			continue
		}
		function := strings.Split(policy.Metadata["aws:cdk:path"].(string), "/")[1]
		for _, statement := range properties.PolicyDocument.Statement {
			several, ok := statement.Action.([]any)
			if !ok {
				several = []any{statement.Action}
			}
			for _, action := range several {
				actions = append(actions, fmt.Sprintf("%s: %s on %s", function, action, resource(statement.Resource)))
			}
		}
	}
	return actions
}

// resource is a statement's resource for people: an ARN is the construct that
// it is of.
func resource(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case []any:
		var parts []string
		for _, one := range value {
			parts = append(parts, resource(one))
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		if attribute, ok := value["Fn::GetAtt"].([]any); ok {
			id := attribute[0].(string)
			return id[:len(id)-len("0123ABCD")]
		}
		if join, ok := value["Fn::Join"].([]any); ok {
			return strings.ReplaceAll(resource(join[1]), ", ", "")
		}
		if id, ok := value["Ref"].(string); ok {
			return id[:len(id)-len("0123ABCD")]
		}
	}
	return fmt.Sprint(value)
}

// TestDataOutlivesItsStack checks that what holds data is kept when its stack
// is deleted or it is replaced, but not when the stack's first deployment fails.
func TestDataOutlivesItsStack(t *testing.T) {
	templates := cdktest.Synth(t, define(t, stage()))

	tables := templates["annex-dev-cart"].All("AWS::DynamoDB::GlobalTable")
	if len(tables) != 2 {
		t.Fatalf("the cart has %d tables, want one for the carts and one for the orders", len(tables))
	}
	index := templates["annex-dev-search"].Only(t, "AWS::S3::Bucket")
	content := templates["annex-dev-site"].Only(t, "AWS::S3::Bucket")
	users := templates["annex-dev-identity"].Only(t, "AWS::Cognito::UserPool")
	for _, resource := range append(tables, index, content, users) {
		if resource.DeletionPolicy != "RetainExceptOnCreate" || resource.UpdateReplacePolicy != "Retain" {
			t.Errorf("%s: deleted %s, replaced %s", resource.LogicalID, resource.DeletionPolicy, resource.UpdateReplacePolicy)
		}
	}
	expiries := map[string]any{}
	for _, table := range tables {
		replica := table.Properties["Replicas"].([]any)[0].(map[string]any)
		recovery := map[string]any{"PointInTimeRecoveryEnabled": true}
		if diff := cmp.Diff(any(recovery), replica["PointInTimeRecoverySpecification"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", table.LogicalID, diff)
		}
		expiries[strings.TrimRight(table.LogicalID, "0123456789ABCDEF")] = table.Properties["TimeToLiveSpecification"]
	}
	// Orders are kept for good.
	want := map[string]any{"Carts": map[string]any{"AttributeName": "expires", "Enabled": true}, "Orders": nil}
	if diff := cmp.Diff(want, expiries); diff != "" {
		t.Error("what expires (-want +got):\n", diff)
	}
	versioning := map[string]any{"Status": "Enabled"}
	if diff := cmp.Diff(any(versioning), index.Properties["VersioningConfiguration"]); diff != "" {
		t.Error("the index (-want +got):\n", diff)
	}
}

// TestASiteThatTakesItsHostOverWorksAtBoth checks what names the site's hosts.
func TestASiteThatTakesItsHostOverWorksAtBoth(t *testing.T) {
	changed := stage()
	changed.TakeoverHost, changed.TakenOver = "new.example.com", true
	templates := cdktest.Synth(t, define(t, changed))

	hosts := []any{"https://www.example.com", "https://new.example.com"}
	cors := templates["annex-dev-cart"].Only(t, "AWS::ApiGatewayV2::Api").Properties["CorsConfiguration"].(map[string]any)
	if diff := cmp.Diff(any(hosts), cors["AllowOrigins"]); diff != "" {
		t.Error("may call the API (-want +got):\n", diff)
	}
	starts := []any{"https://www.example.com/", "https://new.example.com/"}
	client := templates["annex-dev-identity"].Only(t, "AWS::Cognito::UserPoolClient").Properties
	for _, urls := range []string{"CallbackURLs", "LogoutURLs"} {
		if diff := cmp.Diff(any(starts), client[urls]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", urls, diff)
		}
	}
	config := templates["annex-dev-site"].Only(t, "AWS::CloudFront::Distribution").Properties["DistributionConfig"].(map[string]any)
	if diff := cmp.Diff(any([]any{"www.example.com", "new.example.com"}), config["Aliases"]); diff != "" {
		t.Error("aliases (-want +got):\n", diff)
	}
}
