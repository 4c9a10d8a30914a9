package check_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/check"
	"annex/test/cdktest"
)

func TestMain(m *testing.M) { os.Exit(cdktest.Run(m, "../..")) }

// failure gives what the synth of an app fails with.
func failure(t *testing.T, app awscdk.App) (message string) {
	t.Helper()
	defer func() {
		switch mistake := recover().(type) {
		case nil:
			t.Error("the synth passed")
		case error:
			message = mistake.Error()
		default:
			message, _ = mistake.(string)
		}
	}()
	app.Synth(nil)
	return ""
}

func newStack(app awscdk.App) awscdk.Stack {
	return awscdk.NewStack(app, jsii.String("shop"), &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String("111122223333"), Region: jsii.String("us-east-1")},
	})
}

// newDistribution defines one with an alias but no certificate, which the CDK's
// own validation does not mind.
func newDistribution(stack awscdk.Stack) awscdk.CfnResource {
	return awscdk.NewCfnResource(stack, jsii.String("Site"), &awscdk.CfnResourceProps{
		Type: jsii.String("AWS::CloudFront::Distribution"),
		Properties: &map[string]any{"DistributionConfig": map[string]any{
			"Enabled": true,
			"Aliases": []string{"www.example.com"},
			"Origins": []any{map[string]any{
				"Id":                 "container",
				"DomainName":         "container.example.com",
				"CustomOriginConfig": map[string]any{"OriginProtocolPolicy": "https-only"},
			}},
			"DefaultCacheBehavior": map[string]any{
				"TargetOriginId":       "container",
				"ViewerProtocolPolicy": "https-only",
				"CachePolicyId":        "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", // CachingDisabled
			},
		}},
	})
}

func TestAMistakeFailsTheSynthWithWhereAndWhatToDo(t *testing.T) {
	app := cdktest.NewApp(t, nil)
	newDistribution(newStack(app))
	check.Add(app, check.Options{})

	message := failure(t, app)
	for _, want := range []string{
		"FATAL the distribution has aliases but no certificate: www.example.com (annex)",
		"shop/Site (Site)",
		"Suggested fix: give it a certificate that covers them",
		"Rule annex::AX003",
	} {
		if !strings.Contains(message, want) {
			t.Errorf("%q is not in:\n%s", want, message)
		}
	}
}

// TestAMistakeFailsTheCommandLine runs the CDK's command line as a developer
// does, over an app that makes the mistake.
func TestAMistakeFailsTheCommandLine(t *testing.T) {
	app := filepath.Join(t.TempDir(), "mistake")
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", app, "./stacks/check/testdata/mistake").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join("node_modules", ".bin", "cdk"),
		"synth", "--quiet", "--ci=false", "--no-color", "--app", app, "--build", "true", "--output", t.TempDir())
	bin, err := filepath.Abs(filepath.Join("node_modules", ".bin"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	output, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("the command line ended with %v, want exit status 1", err)
	}
	want := `FATAL the distribution has aliases but no certificate: www.example.com (annex)
   shop/Site (Site) aws-cdk-lib.CfnResource
   Suggested fix: give it a certificate that covers them, or take the aliases away (CloudFront, Requirements for using alternate domain names)
   Rule annex::AX003
`
	if !strings.Contains(string(output), want) {
		t.Errorf("want in the output:\n%s\ngot:\n%s", want, output)
	}
}

func TestAnExceptionLetsItsResourcePass(t *testing.T) {
	app := cdktest.NewApp(t, nil)
	site := newDistribution(newStack(app))
	check.Accept(site, check.Exception{Rule: "AX003", Reason: "this is a test"})
	check.Accept(site, check.Exception{Rule: "AX001", Reason: "a second exception keeps the first"})
	check.Add(app, check.Options{})
	cdktest.Synth(t, app)
}

// TestALookUpFailsTheSynth uses one, for which the CDK would need credentials.
func TestALookUpFailsTheSynth(t *testing.T) {
	app := cdktest.NewApp(t, nil)
	awsroute53.HostedZone_FromLookup(newStack(app), jsii.String("Zone"), &awsroute53.HostedZoneProviderProps{
		DomainName: jsii.String("example.com"),
	})
	check.Add(app, check.Options{})
	message := failure(t, app)
	want := "FATAL the app looks something up in the account: hosted-zone hosted-zone:account=111122223333:domainName=example.com:region=us-east-1 (annex)\n   shop "
	if !strings.Contains(message, want) {
		t.Errorf("%q is not in:\n%s", want, message)
	}
}

// TestAFindingOfCDKNagFailsTheSynth leaves a bucket open to plain HTTP.
func TestAFindingOfCDKNagFailsTheSynth(t *testing.T) {
	app := cdktest.NewApp(t, nil)
	awss3.NewBucket(newStack(app), jsii.String("Open"), &awss3.BucketProps{EnforceSSL: jsii.Bool(false)})
	check.Add(app, check.Options{})
	message := failure(t, app)
	want := "ERROR AwsSolutions-S10: The S3 Bucket or bucket policy does not require requests to use SSL. (Annotation)\n   shop/Open/Resource "
	if !strings.Contains(message, want) {
		t.Errorf("%q is not in:\n%s", want, message)
	}
}
