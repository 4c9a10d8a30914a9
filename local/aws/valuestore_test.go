package aws

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/google/go-cmp/cmp"
)

// payments is a function that may read one secret and one parameter, and
// names two of each.
const payments = `
"PayFunction": {"Type": "AWS::Lambda::Function",
	"Metadata": {"aws:cdk:path": "shop/Pay/Function/Resource",
		"annex:secrets": {"PAYMENT_KEY": "shop/payment", "MAIL_KEY": "shop/mail"},
		"annex:parameters": {"FREE_SHIPPING": "/shop/free-shipping"}},
	"Properties": {"Role": {"Fn::GetAtt": ["PayRole", "Arn"]}}},
"PayRole": {"Type": "AWS::IAM::Role", "Metadata": {"aws:cdk:path": "shop/Pay/Role/Resource"}, "Properties": {"AssumeRolePolicyDocument": {}}},
"PayPolicy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "Roles": [{"Ref": "PayRole"}], "PolicyDocument": {"Statement": [
	{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": [
		"arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/payment-??????",
		"arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/mail-??????"]},
	{"Effect": "Allow", "Action": ["ssm:GetParameter", "ssm:GetParameters"], "Resource": [
		"arn:aws:ssm:eu-west-1:111122223333:parameter/shop/free-shipping",
		"arn:aws:ssm:eu-west-1:111122223333:parameter/shop/gone",
		"arn:aws:ssm:eu-west-1:111122223333:parameter/greeting"]}]}}}`

const payRole = "arn:aws:iam::" + account + ":role/shop-PayRole"

const someValues = `{
	"secrets": {"shop/payment": "sesame", "shop/other": {"user": "shop"}},
	"parameters": {"/shop/free-shipping": "5000", "greeting": "hello", "/shop/other": "x"}
}`

// startWithValues starts the endpoint with a file of someValues.
func startWithValues(t *testing.T) (e *Endpoint, file string, logs *journal) {
	t.Helper()
	config, _ := read(t, payments)
	logs = &journal{}
	o := options(t, t.TempDir(), logs)
	o.Values = filepath.Join(t.TempDir(), "local.secrets.json")
	writeValues(t, o.Values, someValues)
	e, err := Start(t.Context(), config, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, e) })
	return e, o.Values, logs
}

func writeValues(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAFunctionReadsTheSecretsThatItsRoleMay(t *testing.T) {
	e, file, logs := startWithValues(t)
	c, ctx := secretsmanager.NewFromConfig(clientConfig(e, payRole)), t.Context()

	got, err := c.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: sdk.String("shop/payment")})
	if err != nil {
		t.Fatal(err)
	}
	if sdk.ToString(got.SecretString) != "sesame" || sdk.ToString(got.Name) != "shop/payment" || len(sdk.ToString(got.VersionId)) != 36 ||
		!strings.HasPrefix(sdk.ToString(got.ARN), "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/payment-") || got.CreatedDate.IsZero() {
		t.Errorf("GetSecretValue: %+v", got)
	}
	for name, id := range map[string]*string{"its ARN": got.ARN, "its ARN without the end": sdk.String((*got.ARN)[:len(*got.ARN)-7])} {
		same, err := c.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: id, VersionId: got.VersionId, VersionStage: sdk.String("AWSCURRENT")})
		if err != nil || *same.SecretString != "sesame" {
			t.Errorf("by %s: %+v, %v", name, same, err)
		}
	}

	who := "User: arn:aws:sts::" + account + ":assumed-role/shop-PayRole/shop-PayFunction is not authorized to perform: "
	_, err = c.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: sdk.String("shop/other")})
	refused(t, "another secret", err, "AccessDeniedException",
		who+"secretsmanager:GetSecretValue on resource: shop/other because no identity-based policy allows the secretsmanager:GetSecretValue action")
	contains(t, "the log", logs.String(), "AccessDenied: shop/Pay/Role/Resource (AWS::IAM::Role) may not secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/other-")
	_, err = c.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: sdk.String("shop/payment")})
	refused(t, "another operation", err, "AccessDeniedException", who+"secretsmanager:DescribeSecret on resource: shop/payment ")
	_, err = secretsmanager.NewFromConfig(clientConfig(e, payRole), func(o *secretsmanager.Options) { o.Region = "us-east-1" }).
		GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: sdk.String("shop/payment")})
	refused(t, "another region", err, "AccessDeniedException", "shop/payment")

	const cannotFind = "Secrets Manager can't find the specified secret"
	_, err = c.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: sdk.String("shop/mail")})
	refused(t, "one that is missing", err, "ResourceNotFoundException", cannotFind+".")
	contains(t, "the log", logs.String(), "shop-PayFunction reads the secret shop/mail, which is not in "+file+`: add "shop/mail" to its "secrets"`)
	for what, in := range map[string]*secretsmanager.GetSecretValueInput{
		"staging label: AWSPREVIOUS":                      {VersionStage: sdk.String("AWSPREVIOUS")},
		"VersionId: 00000000-0000-0000-0000-000000000000": {VersionId: sdk.String("00000000-0000-0000-0000-000000000000")},
	} {
		in.SecretId = sdk.String("shop/payment")
		_, err = c.GetSecretValue(ctx, in)
		refused(t, what, err, "ResourceNotFoundException", cannotFind+" value for "+what)
	}

	root := secretsmanager.NewFromConfig(clientConfig(e, ""))
	described, err := root.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: sdk.String("shop/payment")})
	if err != nil || !cmp.Equal(described.VersionIdsToStages, map[string][]string{*got.VersionId: {"AWSCURRENT"}}) || *described.ARN != *got.ARN {
		t.Errorf("DescribeSecret: %+v, %v", described, err)
	}
	object, err := root.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: sdk.String("shop/other")})
	if err != nil || *object.SecretString != `{"user":"shop"}` {
		t.Errorf("an object: %+v, %v", object, err)
	}
	if strings.Contains(logs.String(), "sesame") {
		t.Errorf("the log shows a value:\n%s", logs)
	}
}

func TestAFunctionReadsTheParametersThatItsRoleMay(t *testing.T) {
	e, file, logs := startWithValues(t)
	c, ctx := ssm.NewFromConfig(clientConfig(e, payRole)), t.Context()
	get := func(name string) (*ssm.GetParameterOutput, error) {
		return c.GetParameter(ctx, &ssm.GetParameterInput{Name: &name, WithDecryption: sdk.Bool(true)})
	}

	for name, want := range map[string]string{
		"/shop/free-shipping": "5000",
		"arn:aws:ssm:eu-west-1:111122223333:parameter/shop/free-shipping": "5000",
		"greeting":  "hello",
		"/greeting": "hello",
		"arn:aws:ssm:eu-west-1:111122223333:parameter/greeting": "hello",
	} {
		got, err := get(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		p := got.Parameter
		if *p.Value != want || p.Version != 1 || !strings.HasPrefix(*p.ARN, "arn:aws:ssm:eu-west-1:111122223333:parameter/") || p.LastModifiedDate.IsZero() {
			t.Errorf("%s: %+v", name, p)
		}
	}

	_, err := get("/shop/other")
	refused(t, "another parameter", err, "AccessDeniedException",
		"is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:eu-west-1:111122223333:parameter/shop/other because no identity-based policy allows the ssm:GetParameter action")
	_, err = get("/shop/gone")
	refused(t, "one that is missing", err, "ParameterNotFound", "Parameter /shop/gone not found.")
	contains(t, "the log", logs.String(), "shop-PayFunction reads the parameter /shop/gone, which is not in "+file+`: add "/shop/gone" to its "parameters"`)

	many, err := c.GetParameters(ctx, &ssm.GetParametersInput{Names: []string{"/shop/free-shipping", "/shop/gone", "greeting"}})
	if err != nil || len(many.Parameters) != 2 || !cmp.Equal(many.InvalidParameters, []string{"/shop/gone"}) {
		t.Errorf("GetParameters: %+v, %v", many, err)
	}
	_, err = c.GetParameters(ctx, &ssm.GetParametersInput{Names: []string{"/shop/free-shipping", "/shop/other"}})
	refused(t, "one of two", err, "AccessDeniedException", "ssm:GetParameters on resource: arn:aws:ssm:eu-west-1:111122223333:parameter/shop/other ")
}

func TestAnEditedValueCountsAtOnceAndAMistakeIsNamed(t *testing.T) {
	e, file, logs := startWithValues(t)
	c := secretsmanager.NewFromConfig(clientConfig(e, payRole))
	get := func() (string, error) {
		out, err := c.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: sdk.String("shop/payment")})
		if err != nil {
			return "", err
		}
		return *out.SecretString, nil
	}
	writeValues(t, file, `{"secrets": {"shop/payment": "rotated"}}`)
	if got, err := get(); got != "rotated" {
		t.Errorf("after an edit: %s, %v", got, err)
	}
	writeValues(t, file, "{\n\"secrets\": [\"sesame\"]}")
	_, err := get()
	refused(t, "a mistake", err, "NotImplementedException", file+`:2: "secrets": want an object of names and values`)
	contains(t, "the log", logs.String(), file+":2: ")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	_, err = get()
	refused(t, "no file", err, "ResourceNotFoundException")
}

func TestRequestsForValuesThatMakeNoSenseAreRefused(t *testing.T) {
	e, file, _ := startWithValues(t)
	for _, c := range []struct {
		name, target, body string
		status             int
		want               string
	}{
		{"as it should be", "secretsmanager.GetSecretValue", `{"SecretId":"shop/payment"}`, 200, `"sesame"`},
		{"no JSON", "secretsmanager.GetSecretValue", `{`, 400, "SerializationException"},
		{"a list", "AmazonSSM.GetParameters", `[]`, 400, "SerializationException"},
		{"a number for a name", "AmazonSSM.GetParameter", `{"Name":1}`, 400, "SerializationException"},
		{"no secret", "secretsmanager.GetSecretValue", `{}`, 400, "ValidationException"},
		{"no secret to describe", "secretsmanager.DescribeSecret", `{}`, 400, "ValidationException"},
		{"no parameter", "AmazonSSM.GetParameter", `{}`, 400, "ValidationException"},
		{"no parameters", "AmazonSSM.GetParameters", `{"Names":[]}`, 400, "ValidationException"},
		{"eleven parameters", "AmazonSSM.GetParameters", `{"Names":["1","2","3","4","5","6","7","8","9","10","11"]}`, 400, "between 1 and 10"},
		{"a version", "AmazonSSM.GetParameter", `{"Name":"/shop/free-shipping:1"}`, 501, "a version or label of a parameter is not available locally"},
		{"a parameter elsewhere", "AmazonSSM.GetParameter", `{"Name":"arn:aws:ssm:us-east-1:111122223333:parameter/greeting"}`, 501, "not available locally"},
		{"a secret elsewhere", "secretsmanager.GetSecretValue", `{"SecretId":"arn:aws:secretsmanager:us-east-1:111122223333:secret:shop/payment"}`, 400, "ResourceNotFoundException"},
		{"a large request", "secretsmanager.GetSecretValue", strings.Repeat(" ", 1<<16) + "{}", 413, "RequestEntityTooLargeException"},
		{"writing a secret", "secretsmanager.PutSecretValue", `{}`, 501, "secretsmanager: PutSecretValue is not available locally: local mode only reads values, and they are in " + file},
		{"listing parameters", "AmazonSSM.GetParametersByPath", `{}`, 501, "ssm: GetParametersByPath is not available locally"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body := ask(t, e, func(r *http.Request) {
				r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=root/20260101/eu-west-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=x")
				r.Header.Set("X-Amz-Target", c.target)
				r.Body, r.ContentLength = io.NopCloser(strings.NewReader(c.body)), int64(len(c.body))
			})
			if status != c.status {
				t.Errorf("status %d, want %d: %s", status, c.status, body)
			}
			contains(t, "body", body, c.want)
		})
	}
	status, body := ask(t, e, func(r *http.Request) {
		r.Header.Del("Authorization")
		r.Header.Set("X-Amz-Target", "secretsmanager.GetSecretValue")
	})
	if status != 400 || !strings.Contains(body, "MissingAuthenticationTokenException") {
		t.Errorf("not signed: %d %s", status, body)
	}
}

func TestMissingValuesAreNamedWithAnExample(t *testing.T) {
	config, _ := read(t, payments)
	file := filepath.Join(t.TempDir(), "local.secrets.json")
	check := func() []string {
		t.Helper()
		hints, err := config.CheckValues(file)
		if err != nil {
			t.Fatal(err)
		}
		return hints
	}

	want := []string{file + " lacks the secret shop/mail (MAIL_KEY of shop/Pay), the secret shop/payment (PAYMENT_KEY of shop/Pay), " +
		`the parameter /shop/free-shipping (FREE_SHIPPING of shop/Pay). Add them, with values of your own; git ignores the file, and it is read anew each time:
{
  "parameters": {
    "/shop/free-shipping": "…"
  },
  "secrets": {
    "shop/mail": "…",
    "shop/payment": "…"
  }
}`}
	if diff := cmp.Diff(want, check()); diff != "" {
		t.Error("without a file (-want +got):\n", diff)
	}
	_, example, _ := strings.Cut(want[0], "\n")
	writeValues(t, file, example)
	if hints := check(); len(hints) > 0 {
		t.Errorf("with the example pasted: %q", hints)
	}
	writeValues(t, file, `{"secrets": {"shop/mail": "x", "shop/payment": "y"}}`)
	if hints := check(); len(hints) != 1 || !strings.Contains(hints[0], "lacks the parameter /shop/free-shipping (") {
		t.Errorf("with one missing: %q", hints)
	}
	writeValues(t, file, example)
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"others on this machine can read " + file + ": `chmod 600 " + file + "`"}, check()); diff != "" {
		t.Error("readable by all (-want +got):\n", diff)
	}
	writeValues(t, file, "{\n}\n}")
	if _, err := config.CheckValues(file); err == nil || !strings.HasPrefix(err.Error(), file+":3: ") {
		t.Errorf("with a mistake: %v", err)
	}
}

func TestMetadataThatMakesNoSenseIsAnError(t *testing.T) {
	for metadata, want := range map[string]string{ //nolint:gosec // names, and no secret
		`{"annex:secrets": ["shop/payment"]}`:                           "its Metadata annex:secrets is no object: synthesize again",
		`{"annex:parameters": {"FREE_SHIPPING": {"Ref": "Elsewhere"}}}`: "its Metadata annex:parameters: FREE_SHIPPING is no string: synthesize again",
	} {
		_, _, err := Read(assemble(t, `"F": {"Type": "AWS::Lambda::Function", "Metadata": `+metadata+`, "Properties": {}}`, nil))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", metadata, err)
		}
	}
}
