package stacks

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"

	"annex/stacks/bundle"
	"annex/stacks/web"
	"annex/test/cdktest"
)

// TestDirectReleaseIsNoFunctions: as TestDirectReleaseIsNoStages.
func TestDirectReleaseIsNoFunctions(t *testing.T) {
	stage := Stages()[0]
	app := cdktest.NewApp(t, nil)
	service := newService(app, "offers", stage, NewDomain(app, stage), "What is on sale")
	defer func() {
		want := `function "Offers": release web.Direct(): want another: with it no deployment is checked or goes back; for the one that needs it, deploy with -c release=direct`
		if got := fmt.Sprint(recover()); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}()
	service.function("Offers", &web.FunctionProps{Code: bundle.NewPlaceholders(t.TempDir()).Handler("offers"), Release: web.Direct()})
}

// TestOneWarmerWarmsAService has more functions in a service than any of the
// shop's, as a team's would.
func TestOneWarmerWarmsAService(t *testing.T) {
	stage := Stages()[0]
	stage.Services = map[string]Service{"offers": {Concurrency: web.Concurrency{Warm: &web.Warm{Environments: 2}}}}
	app := cdktest.NewApp(t, nil)
	code := bundle.NewPlaceholders(t.TempDir())
	service := newService(app, "offers", stage, NewDomain(app, stage), "What is on sale")
	service.function("Offers", &web.FunctionProps{Code: code.Handler("offers")})
	service.function("Prices", &web.FunctionProps{Code: code.Handler("prices")})
	service.function("Sales", &web.FunctionProps{Code: code.Handler("sales"), Concurrency: web.Concurrency{Reserved: 7}}) // and is not warmed
	template := cdktest.Synth(t, app)["annex-dev-offers"]

	var handlers, warmed []string
	for _, function := range template.All("AWS::Lambda::Function") {
		handlers = append(handlers, function.Metadata[web.HandlerMetadata].(string))
	}
	for _, schedule := range template.All("AWS::Scheduler::Schedule") {
		warmed = append(warmed, schedule.Metadata["aws:cdk:path"].(string))
	}
	slices.Sort(handlers)
	if diff := cmp.Diff([]string{"lambdas/offers", "lambdas/prices", "lambdas/sales", "lambdas/warmer"}, handlers); diff != "" {
		t.Error("functions (-want +got):\n", diff)
	}
	if diff := cmp.Diff([]string{"annex-dev-offers/Offers/WarmUp/Resource", "annex-dev-offers/Prices/WarmUp/Resource"}, warmed); diff != "" {
		t.Error("schedules (-want +got):\n", diff)
	}
}

// TestWhatNobodyWaitsForIsNotKeptReady has the stage keep environments ready in
// each of the shop's services: those of functions that react would be paid for
// nothing.
func TestWhatNobodyWaitsForIsNotKeptReady(t *testing.T) {
	stage := Stages()[0]
	stage.Release = web.AllAtOnce()
	stage.Services = map[string]Service{}
	for _, name := range []string{"cart", "search", "recommendations", "updates"} {
		stage.Services[name] = Service{Concurrency: web.Concurrency{Provisioned: &web.Provisioned{Min: 1}}}
	}
	app := cdktest.NewApp(t, nil)
	New(app, stage, bundle.NewPlaceholders(t.TempDir()))
	var ready []string
	for name, template := range cdktest.Synth(t, app) {
		for _, alias := range template.All("AWS::Lambda::Alias") {
			if alias.Properties["ProvisionedConcurrencyConfig"] != nil {
				ready = append(ready, name+"/"+strings.Split(alias.Metadata["aws:cdk:path"].(string), "/")[1])
			}
		}
	}
	slices.Sort(ready)
	want := []string{"annex-dev-cart/Cart", "annex-dev-recommendations/Recommendations", "annex-dev-search/Search", "annex-dev-updates/Authorizer", "annex-dev-updates/Updates"}
	if diff := cmp.Diff(want, ready); diff != "" {
		t.Error("kept ready (-want +got):\n", diff)
	}
}

// TestAServiceTellsItsTopicOfWhatReacts has each kind of reaction of a service
// tell the topic of the stage's alarms, with everything that it watches.
func TestAServiceTellsItsTopicOfWhatReacts(t *testing.T) {
	stage := Stages()[0]
	app := cdktest.NewApp(t, nil)
	code := bundle.NewPlaceholders(t.TempDir())
	service := newService(app, "offers", stage, NewDomain(app, stage), "What is on sale")
	function := service.function("Offers", &web.FunctionProps{Code: code.Handler("offers")})
	uploaded := service.onObject("Uploaded", &web.OnObjectProps{Bucket: awss3.NewBucket(service.stack, jsii.String("Bucket"), nil), Prefix: "in/", Function: function})
	changed := service.onChange("Changed", &web.OnChangeProps{Function: function, Table: newTable(service.stack, "Prices", stage, &awsdynamodb.TablePropsV2{
		PartitionKey: &awsdynamodb.Attribute{Name: jsii.String("id"), Type: awsdynamodb.AttributeType_STRING},
		DynamoStream: awsdynamodb.StreamViewType_NEW_IMAGE,
	})})
	nightly := service.onSchedule("Nightly", &web.OnScheduleProps{Schedule: "rate(1 day)", Function: function})
	kept := map[string]bool{}
	for _, reaction := range []*web.Reaction{uploaded, changed, nightly} {
		kept[*reaction.DeadLetters.Node().Path()] = true
	}
	if len(kept) != 3 {
		t.Errorf("what is given up is in the queues %v: want one for each", kept)
	}
	template := cdktest.Synth(t, app)["annex-dev-offers"]

	var watched []string
	for _, alarm := range template.All("AWS::CloudWatch::Alarm") {
		told, _ := alarm.Properties["AlarmActions"].([]any)
		reference, _ := told[0].(map[string]any)["Fn::GetStackOutput"].(map[string]any)
		if reference["StackName"] != "annex-dev-domain" {
			t.Errorf("%s tells %v", alarm.LogicalID, told)
		}
		watched = append(watched, alarm.Properties["MetricName"].(string))
	}
	slices.Sort(watched)
	want := []string{
		"ApproximateAgeOfOldestMessage",
		"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesVisible",
		"DestinationDeliveryFailures", "Duration", "Errors", "InvocationsFailedToBeSentToDlq", "IteratorAge", "Throttles",
	}
	if diff := cmp.Diff(want, watched); diff != "" {
		t.Error("what is watched (-want +got):\n", diff)
	}
}

func TestSocketWantsAHostOfItsStage(t *testing.T) {
	stage := Stages()[0]
	stage.SocketHost = ""
	app := cdktest.NewApp(t, nil)
	service := newService(app, "offers", stage, NewDomain(app, stage), "What is on sale")
	defer func() {
		want := `service "offers" has a socket, and stage "dev" no host for it: give it a SocketHost in stacks/stages.go, or define the socket where it has one`
		if got := fmt.Sprint(recover()); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}()
	service.socket("offers")
}
