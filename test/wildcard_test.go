package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/stacks"
	"annex/test/cdktest"
)

// A wildcard is a statement of an IAM policy, or a policy of AWS's own, with a
// wildcard in an action or a resource.
type wildcard struct {
	// statement is as describe has it.
	statement string
	reason    string
}

// ours are the wildcards of what this repository writes. No action has one.
var ours = []wildcard{
	{
		"Allow xray:PutTelemetryRecords, xray:PutTraceSegments on *",
		"X-Ray has no resource that a trace could be of",
	},
	{
		"Allow s3:GetObject on <AWS::S3::Bucket>/catalogue/*",
		"the search's catalogue is a folder of its bucket, so that a second one needs no new grant",
	},
	{
		"Allow s3:GetObject, s3:ListBucket on <AWS::S3::Bucket>, <AWS::S3::Bucket>/*",
		"CloudFront serves every file of the site",
	},
	{
		"Allow lambda:InvokeFunction on <AWS::Lambda::Function>:*",
		"a release check calls whichever version is being released",
	},
	{
		"Allow execute-api:ManageConnections on arn:aws:execute-api:<region>:<account>:<AWS::ApiGatewayV2::Api>/live/POST/@connections/*",
		"whoever pushes to pages pushes to all of the API's, whose connections have no names before they are made",
	},
	{
		"managed policy service-role/AWSCodeDeployRoleForLambdaLimited",
		"what CodeDeploy calls to move an alias is documented nowhere else, and one call too few would fail every release",
	},
}

// theCDKs are those of what the CDK writes by itself, and nothing but leaving
// out its constructs would change.
var theCDKs = []wildcard{
	{
		"Deny s3:* on <AWS::S3::Bucket>, <AWS::S3::Bucket>/*",
		"it is EnforceSSL's: nothing is to be done without TLS",
	},
	{
		"Deny sqs:* on <AWS::SQS::Queue>",
		"as above",
	},
	{
		"Allow s3:GetBucket*, s3:GetObject*, s3:List* on <assets>, <assets>/*",
		"BucketDeployment reads what it deploys; only the CDK's own code runs with its role",
	},
	{
		"Allow s3:Abort*, s3:DeleteObject*, s3:GetBucket*, s3:GetObject*, s3:List*, s3:PutObject, s3:PutObjectLegalHold, s3:PutObjectRetention, s3:PutObjectTagging, s3:PutObjectVersionTagging on <AWS::S3::Bucket>, <AWS::S3::Bucket>/*",
		"BucketDeployment writes where it deploys, as above",
	},
	{
		"Allow cloudfront:CreateInvalidation, cloudfront:GetInvalidation on *",
		"BucketDeployment invalidates what it replaced, as above",
	},
	{
		"managed policy service-role/AWSLambdaBasicExecutionRole",
		"it allows writing to every log group, and is what the CDK gives the roles of its own functions",
	},
}

// TestNoWildcardIsWrittenButThoseWithAReason reads the statements of all stages
// from the snapshots, which are their templates.
func TestNoWildcardIsWrittenButThoseWithAReason(t *testing.T) {
	for _, w := range ours {
		if actions, _, _ := strings.Cut(w.statement, " on "); strings.ContainsAny(actions, "*?") {
			t.Errorf("%s: no statement of ours has a wildcard in an action", w.statement)
		}
	}
	want, got := map[string]string{}, map[string]string{}
	for writer, list := range map[string][]wildcard{"ours": ours, "the CDK's": theCDKs} {
		for _, w := range list {
			want[w.statement] = writer
		}
	}
	for _, stage := range stacks.Stages() {
		for _, template := range recordedTemplates(t, stage.Name) {
			for _, id := range slices.Sorted(maps.Keys(template.Resources)) {
				resource := template.Resources[id]
				path, _ := resource.Metadata["aws:cdk:path"].(string)
				for _, statement := range statements(template, resource) {
					writer := "ours"
					if strings.Contains(path, "/Custom::") || strings.HasPrefix(statement, "Deny s3:* ") || strings.HasPrefix(statement, "Deny sqs:* ") {
						writer = "the CDK's"
					}
					got[statement] = writer
					if want[statement] != writer {
						t.Errorf("%s: %s: write each action and resource out, or list it with the reason", path, statement)
					}
				}
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("statements with a wildcard, by who writes them (-listed +in the templates):\n%s", diff)
	}
}

// recordedTemplates gives a stage's templates by stack.
func recordedTemplates(t *testing.T, stage string) map[string]cdktest.Template {
	t.Helper()
	templates := map[string]cdktest.Template{}
	for file, text := range recorded(t) {
		if filepath.Base(filepath.Dir(file)) != stage {
			continue
		}
		var template cdktest.Template
		if err := json.Unmarshal([]byte(text), &template); err != nil {
			t.Fatal(file, ": ", err)
		}
		if err := json.Unmarshal([]byte(text), &template.Document); err != nil {
			t.Fatal(file, ": ", err)
		}
		templates[strings.TrimSuffix(filepath.Base(file), ".json")] = template
	}
	if len(templates) == 0 {
		t.Fatalf("there are no snapshots of stage %s", stage)
	}
	return templates
}

// statements describes the statements with a wildcard that are anywhere in a
// resource's properties, and the policies of AWS's own that it takes.
func statements(template cdktest.Template, resource cdktest.Resource) (found []string) {
	var walk func(value any)
	walk = func(value any) {
		switch value := value.(type) {
		case []any:
			for _, element := range value {
				walk(element)
			}
		case string: // some types take a policy as text
			var object map[string]any
			if strings.Contains(value, `"Statement"`) && json.Unmarshal([]byte(value), &object) == nil {
				walk(object)
			}
		case map[string]any:
			if text, ok := joined(template, value); ok {
				walk(text)
				return
			}
			if value["Effect"] != nil {
				if text := describe(template, value); strings.ContainsAny(text, "*?") {
					found = append(found, text)
				}
				return
			}
			for _, element := range value {
				walk(element)
			}
		}
	}
	walk(resource.Properties)
	managed, _ := resource.Properties["ManagedPolicyArns"].([]any)
	for _, policy := range managed {
		if _, name, ok := strings.Cut(rendered(template, policy), ":iam::aws:policy/"); ok {
			found = append(found, "managed policy "+name)
		}
	}
	return found
}

// describe is a statement as the lists above have it: what differs from stage
// to stage and from stack to stack is left out. Resources without a wildcard
// are there for what they say about those with one.
func describe(template cdktest.Template, statement map[string]any) string {
	list := func(element string) string {
		values, several := statement[element].([]any)
		if !several && statement[element] != nil {
			values = []any{statement[element]}
		}
		var texts []string
		for _, value := range values {
			texts = append(texts, rendered(template, value))
		}
		slices.Sort(texts)
		return strings.Join(texts, ", ")
	}
	return fmt.Sprintf("%v %s%s on %s%s", statement["Effect"], list("Action"), list("NotAction"), list("Resource"), list("NotResource"))
}

var (
	assetBucket = regexp.MustCompile(`arn:aws:s3:::cdk-[a-z0-9]+-assets-[0-9]{12}-[a-z0-9-]+`)
	// The end of a secret's ARN, which nobody knows before it is made, widens nothing.
	secretARN = regexp.MustCompile(`^(arn:aws:secretsmanager:[^*?]+)-\?{6}$`)
	inAccount = regexp.MustCompile(`:[a-z0-9-]+:[0-9]{12}:`)
)

// rendered is a value as text: a reference is the type of what it refers to.
func rendered(template cdktest.Template, value any) string {
	text, ok := value.(string)
	if !ok {
		object, _ := value.(map[string]any)
		if text, ok = joined(template, object); !ok {
			text = referred(template, object)
		}
	}
	text = assetBucket.ReplaceAllString(text, "<assets>")
	text = secretARN.ReplaceAllString(text, "$1")
	return inAccount.ReplaceAllString(text, ":<region>:<account>:")
}

// joined is the text of an Fn::Join.
func joined(template cdktest.Template, value map[string]any) (text string, ok bool) {
	arguments, ok := value["Fn::Join"].([]any)
	if !ok {
		return "", false
	}
	var parts []string
	for _, part := range arguments[1].([]any) {
		parts = append(parts, rendered(template, part))
	}
	return strings.Join(parts, arguments[0].(string)), true
}

// referred names what a reference is to.
func referred(template cdktest.Template, value map[string]any) string {
	id, _ := value["Ref"].(string)
	if att, ok := value["Fn::GetAtt"].([]any); ok {
		id, _ = att[0].(string)
	}
	if resource, ok := template.Resources[id]; ok {
		return "<" + resource.Type + ">"
	}
	return fmt.Sprintf("<%v>", value)
}

func TestStatementsAreFoundWhereverTheyAre(t *testing.T) {
	template := cdktest.Template{Resources: map[string]cdktest.Resource{"Table": {Type: "AWS::DynamoDB::Table"}}}
	for properties, want := range map[string][]string{
		`{"PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": ["b:*", "a:Get"], "Resource": "x"}]}}`:                                                      {"Allow a:Get, b:* on x"},
		`{"PolicyDocument": {"Statement": {"Effect": "Allow", "NotAction": "a:Get", "Resource": ["*", "x"]}}}`:                                                       {"Allow a:Get on *, x"},
		`{"Policies": [{"PolicyDocument": {"Statement": [{"Effect": "Deny", "Action": "a:Get", "NotResource": "x/?"}]}}]}`:                                           {"Deny a:Get on x/?"},
		`{"Statement": {"Effect": "Allow", "Action": "a:Get", "Resource": {"Fn::Join": ["", [{"Fn::GetAtt": ["Table", "Arn"]}, "/*"]]}}}`:                            {"Allow a:Get on <AWS::DynamoDB::Table>/*"},
		`{"PolicyDocument": "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"a:*\",\"Resource\":\"x\"}]}"}`:                                                       {"Allow a:* on x"},
		`{"PolicyDocument": {"Fn::Join": ["", ["{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"a:*\",\"Resource\":\"", {"Ref": "Table"}, "\"}}"]]}}`:              {"Allow a:* on <AWS::DynamoDB::Table>"},
		`{"ManagedPolicyArns": [{"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/ReadOnlyAccess"]]}]}`:                                        {"managed policy ReadOnlyAccess"},
		`{"Statement": {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-??????"}}`: nil,
		`{"Statement": {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:*-??????"}}`: {
			"Allow secretsmanager:GetSecretValue on arn:aws:secretsmanager:<region>:<account>:secret:*-??????",
		},
		`{"Statement": {"Effect": "Allow", "Action": "a:Get", "Resource": {"Ref": "Table"}}, "Description": "any *"}`: nil,
	} {
		var resource cdktest.Resource
		if err := json.Unmarshal([]byte(properties), &resource.Properties); err != nil {
			t.Fatal(properties, ": ", err)
		}
		if diff := cmp.Diff(want, statements(template, resource)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", properties, diff)
		}
	}
}
