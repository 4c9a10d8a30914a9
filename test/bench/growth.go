package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2integrations"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/bundle"
	"annex/stacks/web"
)

// growth measures what an app costs as it grows: the resources of a route and
// of a function, and the policy of a function with very many routes, each
// beside the CDK's own HttpApi.addRoutes; and the synthesis of a large app
// beside that of a small one. It runs the CDK in this process.
func growth(ctx context.Context, w workplace) ([]row, error) {
	const few, many, services, runs = 10, 300, 10, 3
	const fit = 200 // routes of addRoutes; with many the stack would exceed CloudFormation's 500 resources
	defer web.Close()
	g := grower{dir: filepath.Join(w.dir, "growth"), code: bundle.NewPlaceholders(filepath.Join(w.dir, "placeholders"))}
	var err error
	if g.context, err = flags(); err != nil {
		return nil, err
	}
	type definition = func(stack awscdk.Stack, code *bundle.Handlers, functions, routes int)
	sizes := map[string]size{}
	for name, measured := range map[string]struct {
		define            definition
		functions, routes int
	}{
		"few":           {withAnnex, 1, few},
		"many":          {withAnnex, 1, many},
		"functions":     {withAnnex, 2, few},
		"CDK few":       {withCDK, 1, few},
		"CDK many":      {withCDK, 1, fit},
		"CDK functions": {withCDK, 2, few},
	} {
		dir, err := g.synth(func(app awscdk.App) {
			measured.define(newStack(app, "service"), g.code, measured.functions, measured.routes)
		})
		if err != nil {
			return nil, err
		}
		if sizes[name], err = sizeOf(filepath.Join(dir, "service.template.json")); err != nil {
			return nil, err
		}
	}
	timedSynth := func(routes int) (took, error) {
		return median(runs, func() (time.Duration, error) {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			started := time.Now()
			_, err := g.synth(func(app awscdk.App) {
				for i := range services {
					withAnnex(newStack(app, fmt.Sprintf("service%d", i)), g.code, 1, routes/services)
				}
			})
			return time.Since(started), err
		})
	}
	large, err := timedSynth(many)
	if err != nil {
		return nil, err
	}
	small, err := timedSynth(few)
	if err != nil {
		return nil, err
	}
	each := func(more, less string, n float64) number {
		return number(float64(sizes[more].resources-sizes[less].resources) / n)
	}
	const beside = "HttpApi.addRoutes of the CDK"
	return []row{
		{"resources for each further route", each("many", "few", many-few), 1, beside, each("CDK many", "CDK few", fit-few)},
		{"resources for each further function, with its logs, role, version, alias and release", each("functions", "few", 1), 1, "a Function of the CDK with an alias", each("CDK functions", "CDK few", 1)},
		{fmt.Sprintf("bytes of a function's policy with %d routes", many), sizes["many"].policy, 1, fmt.Sprintf("%s, %d routes", beside, fit), sizes["CDK many"].policy},
		{fmt.Sprintf("the same with %d routes", few), sizes["few"].policy, 1, beside, sizes["CDK few"].policy},
		{fmt.Sprintf("synth of %d routes over %d services, in a warm process", many, services), large, runs, fmt.Sprintf("synth of %d routes over %d services", few, services), small},
	}, nil
}

// grower synthesizes apps, each in a folder of its own.
type grower struct {
	dir     string
	code    *bundle.Handlers
	context map[string]any
	apps    int
}

func (g *grower) synth(define func(awscdk.App)) (dir string, err error) {
	defer func() {
		if mistake := recover(); mistake != nil {
			err = fmt.Errorf("synthesizing: %v", mistake)
		}
	}()
	g.apps++
	dir = filepath.Join(g.dir, fmt.Sprint(g.apps))
	app := awscdk.NewApp(&awscdk.AppProps{Context: &g.context, Outdir: &dir})
	define(app)
	app.Synth(nil)
	return dir, nil
}

// flags are the feature flags of cdk.json.
func flags() (map[string]any, error) {
	text, err := os.ReadFile("cdk.json")
	if err != nil {
		return nil, err
	}
	var file struct{ Context map[string]any }
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("cdk.json: %w", err)
	}
	context := maps.Clone(file.Context)
	context["@aws-cdk/core:appMode"] = "inmemory" // what validation finds is in the error
	return context, nil
}

func newStack(app awscdk.App, name string) awscdk.Stack {
	return awscdk.NewStack(app, &name, &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String("111122223333"), Region: jsii.String("eu-west-1")},
	})
}

// withAnnex defines functions and routes, the first function having all routes
// but one for each further function.
func withAnnex(stack awscdk.Stack, code *bundle.Handlers, functions, routes int) {
	api := web.NewAPI(stack, "API", &web.APIProps{DomainName: "api.example.com", Path: *stack.StackName(), Prefix: "api"})
	deployments := web.NewDeployments(stack, "Releases", &web.DeploymentsProps{})
	for f := range functions {
		function := web.NewFunction(stack, fmt.Sprint("Function", f), &web.FunctionProps{Code: code.Handler("cart"), Deployments: deployments})
		for r := range split(routes, functions, f) {
			web.NewRoute(stack, fmt.Sprintf("Route%d-%d", f, r), &web.RouteProps{
				API: api, Key: fmt.Sprintf("GET /%d/%d", f, r), Function: function,
			})
		}
	}
}

// withCDK defines the same as the CDK's own constructs have it by default.
func withCDK(stack awscdk.Stack, code *bundle.Handlers, functions, routes int) {
	api := awsapigatewayv2.NewHttpApi(stack, jsii.String("API"), nil)
	for f := range functions {
		folder, err := code.Handler("cart").Compiled()
		if err != nil {
			panic(err)
		}
		id := fmt.Sprint("Function", f)
		function := awslambda.NewFunction(stack, &id, &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_PROVIDED_AL2023(),
			Handler: jsii.String("bootstrap"),
			Code:    awslambda.Code_FromAsset(&folder, nil),
		})
		live := function.AddAlias(jsii.String("live"), nil)
		integration := awsapigatewayv2integrations.NewHttpLambdaIntegration(&id, live, nil)
		for r := range split(routes, functions, f) {
			api.AddRoutes(&awsapigatewayv2.AddRoutesOptions{
				Path:        jsii.String(fmt.Sprintf("/%d/%d", f, r)),
				Methods:     &[]awsapigatewayv2.HttpMethod{awsapigatewayv2.HttpMethod_GET},
				Integration: integration,
			})
		}
	}
}

// split is how many of the routes a function has.
func split(routes, functions, f int) int {
	if f > 0 {
		return 1
	}
	return routes - (functions - 1)
}

// size is what a template holds.
type size struct {
	resources int
	policy    number // bytes of the statements that let others invoke its functions
}

func sizeOf(file string) (size, error) {
	text, err := os.ReadFile(file) //nolint:gosec // a template that this program made
	if err != nil {
		return size{}, err
	}
	var template struct {
		Resources map[string]struct {
			Type       string
			Properties struct {
				Action    string
				Principal string
			}
		}
	}
	if err := json.Unmarshal(text, &template); err != nil {
		return size{}, fmt.Errorf("%s: %w", file, err)
	}
	s := size{resources: len(template.Resources)}
	for id, resource := range template.Resources {
		if resource.Type != "AWS::Lambda::Permission" {
			continue
		}
		// As Lambda writes the statement of a permission with a source.
		statement, err := json.Marshal(map[string]any{
			"Sid": "service-" + id + "-AbCdEfGhIjKl", "Effect": "Allow", "Action": resource.Properties.Action,
			"Principal": map[string]string{"Service": resource.Properties.Principal},
			"Resource":  "arn:aws:lambda:eu-west-1:111122223333:function:service-Function-AbCdEfGhIjKl:live",
			"Condition": map[string]any{"ArnLike": map[string]string{
				"AWS:SourceArn": "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/*/*/a/route",
			}},
		})
		if err != nil {
			return size{}, err
		}
		s.policy += number(len(statement))
	}
	return s, nil
}
