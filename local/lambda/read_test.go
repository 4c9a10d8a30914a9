package lambda

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"annex/local/assembly"
	"annex/local/assembly/assemblytest"

	"github.com/google/go-cmp/cmp"
)

// synthesized is a cloud assembly of one stack, "shop", with the resources.
func synthesized(t *testing.T, resources string) *assembly.Assembly {
	t.Helper()
	return assemblytest.Stack(t, "shop", "aws://111111111111/eu-west-1", "{"+resources+"}")
}

const cartFunction = `"Cart":{"Type":"AWS::Lambda::Function","Metadata":{"annex:handler":"lambdas/cart","aws:cdk:path":"shop/Cart"},"Properties":{
	"Architectures":["arm64"],"Code":{"S3Bucket":"b","S3Key":"k"},"Description":"carts","Handler":"bootstrap","Runtime":"provided.al2023",
	"Environment":{"Variables":{"CARTS_TABLE":{"Ref":"Carts"}}},"EphemeralStorage":{"Size":1024},"MemorySize":512,"Timeout":"12",
	"LoggingConfig":{"LogFormat":"JSON","ApplicationLogLevel":"WARN","SystemLogLevel":"WARN","LogGroup":{"Ref":"Logs"}},
	"ReservedConcurrentExecutions":5,"Role":{"Fn::GetAtt":["Role","Arn"]},"Tags":[{"Key":"a","Value":"b"}],"TracingConfig":{"Mode":"Active"},
	"VpcConfig":{"SubnetIds":["s"]}}},
	"Carts":{"Type":"AWS::DynamoDB::Table"},"Logs":{"Type":"AWS::Logs::LogGroup"},"Role":{"Type":"AWS::IAM::Role"},
	"V":{"Type":"AWS::Lambda::Version","Properties":{"FunctionName":{"Ref":"Cart"}}},
	"Live":{"Type":"AWS::Lambda::Alias","Metadata":{"aws:cdk:path":"shop/Live"},"Properties":{"FunctionName":{"Ref":"Cart"},"FunctionVersion":{"Fn::GetAtt":["V","Version"]},
		"Name":"live","RoutingConfig":{"AdditionalVersionWeights":[{"FunctionVersion":"7","FunctionWeight":0.25}]}}}`

func TestReadFindsFunctionsVersionsAndAliases(t *testing.T) {
	functions, notices, err := Read(synthesized(t, cartFunction))
	if err != nil {
		t.Fatal(err)
	}
	five := 5
	want := []Function{{
		Name: "shop-Cart", ARN: "arn:aws:lambda:eu-west-1:111111111111:function:shop-Cart",
		Region: "eu-west-1", Account: "111111111111", Folder: "lambdas/cart", Handler: "bootstrap",
		Timeout: 12 * time.Second, MemoryMiB: 512, Environment: map[string]string{"CARTS_TABLE": "shop-Carts"},
		RoleARN: "arn:aws:iam::111111111111:role/shop-Role", LogGroup: "shop-Logs", LogFormat: "JSON", LogLevel: "WARN",
		ReservedConcurrency: &five, Aliases: map[string]Alias{"live": {Version: "2", Weights: map[string]float64{"7": 0.25}}}, Versions: []string{"2"},
	}}
	if diff := cmp.Diff(want, functions); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{
		"shop/Cart (AWS::Lambda::Function): VpcConfig: not known to local mode",
		"shop/Live (AWS::Lambda::Alias): RoutingConfig: the versions run the same code here; `make shift` splits invocations between two builds",
	}, said(notices)); diff != "" {
		t.Error(diff)
	}
}

func TestReadFindsLayers(t *testing.T) {
	const layers = `"One":{"Type":"AWS::Lambda::LayerVersion","Properties":{"Content":{"S3Bucket":"b","S3Key":"one.zip"},"CompatibleRuntimes":["provided.al2023"]}},
		"Other":{"Type":"AWS::Lambda::LayerVersion","Properties":{"Content":{"S3Bucket":"b","S3Key":"other.zip"},"LayerName":"other"}}`
	function := func(property string) string {
		return strings.Replace(cartFunction, `"Code":`, `"Layers":[`+property+`],"Code":`, 1) + "," + layers
	}
	a := assemblytest.WithAssets(t, "shop", "aws://111111111111/eu-west-1", "{"+function(`{"Ref":"Other"},{"Ref":"One"}`)+"}", "one.zip", "other.zip")
	functions, _, err := Read(a)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{filepath.Join(a.Dir, "other.zip"), filepath.Join(a.Dir, "one.zip")}, functions[0].Layers); diff != "" {
		t.Errorf("layers (-want +got):\n%s", diff)
	}
	for name, test := range map[string]struct {
		a    *assembly.Assembly
		want string
	}{
		"of elsewhere": {assemblytest.WithAssets(t, "shop", "aws://111111111111/eu-west-1", "{"+function(`"arn:aws:lambda:eu-west-1:1:layer:powertools:7"`)+"}", "one.zip", "other.zip"), "layer:powertools:7 is of no stack here"},
		"no archive":   {synthesized(t, function(`{"Ref":"One"}`)), `shop/One (AWS::Lambda::LayerVersion): Content: shop has no file asset "one.zip"`},
	} {
		if _, _, err := Read(test.a); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want one with %s", name, err, test.want)
		}
	}
}

func said(notices []assembly.Notice) []string {
	var lines []string
	for _, n := range notices {
		lines = append(lines, n.String())
	}
	return lines
}

func TestReadTakesLambdasDefaults(t *testing.T) {
	functions, notices, err := Read(synthesized(t, `"F":{"Type":"AWS::Lambda::Function","Metadata":{"annex:handler":"lambdas/f"},
		"Properties":{"FunctionName":"f","Code":{},"Role":"r","Runtime":"provided.al2023"}}`))
	if err != nil || len(notices) > 0 || len(functions) != 1 {
		t.Fatal(functions, notices, err)
	}
	f := functions[0]
	if f.Timeout != 3*time.Second || f.MemoryMiB != 128 || f.LogGroup != "/aws/lambda/f" || f.Handler != "bootstrap" {
		t.Errorf("%+v", f)
	}
}

func TestReadNamesFunctionsThatCannotRunHere(t *testing.T) {
	functions, notices, err := Read(synthesized(t, `
		"Foreign":{"Type":"AWS::Lambda::Function","Metadata":{"aws:cdk:path":"shop/Foreign"},"Properties":{"Runtime":"nodejs24.x"}},
		"Python":{"Type":"AWS::Lambda::Function","Metadata":{"aws:cdk:path":"shop/Python","annex:handler":"lambdas/p"},"Properties":{"Runtime":"python3.13"}},
		"Provider":{"Type":"AWS::Lambda::Function","Metadata":{"aws:cdk:path":"shop/Custom::CDKBucketDeployment86/Resource"},"Properties":{"Runtime":"python3.13"}},
		"Alias":{"Type":"AWS::Lambda::Alias","Properties":{"FunctionName":"elsewhere","FunctionVersion":"1","Name":"live"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{
		"shop/Foreign (AWS::Lambda::Function): it is no handler of this repository: its Metadata has no annex:handler",
		`shop/Python (AWS::Lambda::Function): its runtime is "python3.13": local mode runs compiled handlers, on provided.al2023`,
	}, said(notices)); diff != "" {
		t.Error(diff)
	}
	s := New(functions, Options{})
	defer s.Close()
	for _, f := range functions {
		var unsupported *UnsupportedError
		if _, err := s.Invoke(t.Context(), f.ARN, nil); !errors.As(err, &unsupported) || unsupported.Reason != f.Unsupported {
			t.Errorf("invoking %s: %v", f.Name, err)
		}
	}
}

func TestReadRefusesWhatLambdaDoes(t *testing.T) {
	function := func(properties string) string {
		return `"F":{"Type":"AWS::Lambda::Function","Metadata":{"annex:handler":"lambdas/f"},"Properties":{"Runtime":"provided.al2023",` + properties + `}}`
	}
	for fact, c := range map[string]struct{ properties, want string }{
		"2.4 a timeout of 900 s":           {`"Timeout":900`, ""},
		"2.4 a timeout over 900 s":         {`"Timeout":901`, "Timeout: 901, want 1 to 900 seconds"},
		"2.4 a timeout below nothing":      {`"Timeout":-1`, "Timeout: -1, want 1 to 900 seconds"},
		"2.4 a timeout beyond all numbers": {`"Timeout":9007199254740993`, "want 1 to 900 seconds"},
		"2.4 memory of 127 MiB":            {`"MemorySize":127`, "MemorySize: 127, want 128 to 10240 MiB"},
		"2.4 memory of 10,241 MiB":         {`"MemorySize":10241`, "MemorySize: 10241, want 128 to 10240 MiB"},
		"2.4 variables of 4 KB":            {`"Environment":{"Variables":{"A":"` + strings.Repeat("a", 4095) + `"}}`, ""},
		"2.4 variables of more than 4 KB":  {`"Environment":{"Variables":{"A":"` + strings.Repeat("a", 4096) + `"}}`, "Environment: the variables have 4097 bytes"},
	} {
		t.Run(fact, func(t *testing.T) {
			_, _, err := Read(synthesized(t, function(c.properties)))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), "shop/F (AWS::Lambda::Function): ") || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestReadRefusesWhatIsMalformed(t *testing.T) {
	for name, c := range map[string]struct{ resources, want string }{
		"a timeout that is no number": {
			`"F":{"Type":"AWS::Lambda::Function","Properties":{"Timeout":"long"}}`,
			"shop/F (AWS::Lambda::Function): Timeout: want a number, got \"long\"",
		},
		"a weight that is no share": {
			cartFunction + `,"Odd":{"Type":"AWS::Lambda::Alias","Properties":{"FunctionName":{"Ref":"Cart"},"Name":"odd","FunctionVersion":"2",
				"RoutingConfig":{"AdditionalVersionWeights":[{"FunctionVersion":"7","FunctionWeight":10}]}}}`,
			`shop/Odd (AWS::Lambda::Alias): RoutingConfig: weight 10 of version "7": want a version, and a share from 0 to 1`,
		},
		"an alias of no version": {
			cartFunction + `,"Odd":{"Type":"AWS::Lambda::Alias","Properties":{"FunctionName":{"Ref":"Cart"},"Name":"odd"}}`,
			"shop/Odd (AWS::Lambda::Alias): it needs a Name and a FunctionVersion",
		},
		"a version of no function": {
			`"V":{"Type":"AWS::Lambda::Version","Properties":{"FunctionName":{"Ref":"Gone"}}}`,
			"shop/V (AWS::Lambda::Version): FunctionName",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := Read(synthesized(t, c.resources)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want it to say %q", err, c.want)
			}
		})
	}
}
