package web

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
)

// The keys of a function's template metadata that say which secrets and
// parameters its handler reads, each by the environment variable that names it.
// local/ says by them which values are missing on this machine, and preflight
// which are in the account.
const (
	SecretsMetadata    = "annex:secrets"
	ParametersMetadata = "annex:parameters"
)

// maxEnvironment is how many bytes the names and values of a function's
// environment may have together (Lambda Developer Guide, "Lambda quotas").
const maxEnvironment = 4096

// environment is what the handler finds in its environment: of secrets and
// parameters their names, for whoever may read a function's configuration may
// read its environment.
func (p *FunctionProps) environment() map[string]string {
	all := map[string]string{"GOMEMLIMIT": p.memoryLimit()}
	for _, variables := range []map[string]string{p.Environment, p.Secrets, p.Parameters} {
		maps.Copy(all, variables)
	}
	return all
}

// grantValues allows reading exactly the secrets and parameters that the props
// name. Where the keys of AWS encrypt them that is enough: those keys' policies
// let in who may read the value.
func (p *FunctionProps) grantValues(stack awscdk.Stack, role awsiam.Role) {
	grant := func(action string, resources []string, conditions map[string]any) {
		if len(resources) == 0 {
			return
		}
		props := &awsiam.PolicyStatementProps{Actions: jsii.Strings(action), Resources: jsii.Strings(resources...)}
		if conditions != nil {
			props.Conditions = &conditions
		}
		role.AddToPrincipalPolicy(awsiam.NewPolicyStatement(props))
	}
	grant("secretsmanager:GetSecretValue", arns(p.Secrets, func(name string) *string {
		return stack.FormatArn(&awscdk.ArnComponents{
			Service:   jsii.String("secretsmanager"),
			Resource:  jsii.String("secret"),
			ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
			// Secrets Manager ends each secret's ARN in a hyphen and six characters
			// of its own, so no other secret's ARN fits.
			ResourceName: jsii.String(name + "-??????"),
		})
	}), nil)
	grant("ssm:GetParameter", arns(p.Parameters, func(name string) *string {
		return stack.FormatArn(&awscdk.ArnComponents{
			Service:      jsii.String("ssm"),
			Resource:     jsii.String("parameter"),
			ResourceName: jsii.String(strings.TrimPrefix(name, "/")),
		})
	}), nil)
	grant("kms:Decrypt", p.Keys, map[string]any{"StringEquals": map[string]any{"kms:ViaService": []string{
		"secretsmanager." + *stack.Region() + ".amazonaws.com",
		"ssm." + *stack.Region() + ".amazonaws.com",
	}}})
}

// arns are the ARNs of the names, each once, in the order of the names.
func arns(names map[string]string, arn func(name string) *string) []string {
	var list []string
	for _, name := range slices.Compact(slices.Sorted(maps.Values(names))) {
		list = append(list, *arn(name))
	}
	return list
}

// recordValues notes in the template which secrets and parameters the handler
// reads.
func (p *FunctionProps) recordValues(function awslambda.CfnFunction) {
	if len(p.Secrets) > 0 {
		function.AddMetadata(jsii.String(SecretsMetadata), p.Secrets)
	}
	if len(p.Parameters) > 0 {
		function.AddMetadata(jsii.String(ParametersMetadata), p.Parameters)
	}
}

var (
	environmentName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]+$`)
	// A name that ends in a hyphen and six characters is confusing where it
	// stands in an ARN (API Reference, CreateSecret), which it nowhere does here.
	secretName = regexp.MustCompile(`^[A-Za-z0-9/_+=.@-]{1,512}$`)
	// Systems Manager User Guide, "Creating Parameter Store parameters".
	parameterName     = regexp.MustCompile(`^([A-Za-z0-9_.-]+|(/[A-Za-z0-9_.-]+){1,15})$`)
	parameterReserved = regexp.MustCompile(`(?i)^/?(aws|ssm)`)
	keyARN            = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$`)
)

// maxParameterName is what is left of 1,011 characters, with which AWS counts
// those before the name in its ARN.
const maxParameterName = 950

// validateEnvironment checks what becomes the function's environment, and the
// names in it.
func (p *FunctionProps) validateEnvironment() error {
	from := map[string]string{}
	for _, kind := range []struct {
		prop      string
		variables map[string]string
		check     func(name string) (want string)
	}{
		{"Environment", p.Environment, nil},
		{"Secrets", p.Secrets, wantSecretName},
		{"Parameters", p.Parameters, wantParameterName},
	} {
		for _, variable := range slices.Sorted(maps.Keys(kind.variables)) {
			value := kind.variables[variable]
			if !environmentName.MatchString(variable) {
				return fmt.Errorf("%s %q: want an environment variable's name: a letter, then letters, digits and _, such as PAYMENT_KEY", kind.prop, variable)
			}
			if slices.Contains(reservedVariables, variable) {
				return fmt.Errorf("%s %q: Lambda sets that variable itself, want another name", kind.prop, variable)
			}
			if other, taken := from[variable]; taken {
				return fmt.Errorf("%s %q: %s has that variable too, want another name for one of them", kind.prop, variable, other)
			}
			from[variable] = kind.prop
			if kind.check != nil {
				if want := kind.check(value); want != "" {
					return fmt.Errorf("%s %q: %q: want %s", kind.prop, variable, value, want)
				}
			}
		}
	}
	size := 0
	for variable, value := range p.environment() {
		size += len(variable)
		if !*awscdk.Token_IsUnresolved(value) { // what it is, CloudFormation decides
			size += len(value)
		}
	}
	if size > maxEnvironment {
		return fmt.Errorf("its environment has %d bytes: Lambda allows %d, so keep the longest in a parameter (Parameters), of which only the name counts", size, maxEnvironment)
	}
	for _, key := range p.Keys {
		if !keyARN.MatchString(key) {
			return fmt.Errorf("key %q: want a key's ARN, such as arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab: IAM takes no alias", key)
		}
	}
	if len(p.Keys) > 0 && len(p.Secrets)+len(p.Parameters) == 0 {
		return fmt.Errorf("key %q: want Secrets or Parameters that it encrypts", p.Keys[0])
	}
	return nil
}

func wantSecretName(name string) string {
	if secretName.MatchString(name) {
		return ""
	}
	return "a secret's name: up to 512 letters, digits and /_+=.@-, such as shop/payment"
}

func wantParameterName(name string) string {
	switch {
	case !parameterName.MatchString(name):
		return "a parameter's name: letters, digits and _.-, or up to 15 levels of them, each after a slash, such as /shop/free-shipping"
	case parameterReserved.MatchString(name):
		return "a parameter's name that does not begin with aws or ssm, which AWS keeps for itself"
	case len(name) > maxParameterName:
		return fmt.Sprintf("a parameter's name of at most %d characters", maxParameterName)
	}
	return ""
}

// reservedVariables are those that Lambda sets and lets nobody else set (Lambda
// Developer Guide, "Defined runtime environment variables"). Two more begin
// with an underscore, which no variable may.
var reservedVariables = []string{
	"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV",
	"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
	"AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
	"AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN", "AWS_LAMBDA_RUNTIME_API",
	"AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT",
}
