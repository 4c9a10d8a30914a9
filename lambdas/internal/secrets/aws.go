package secrets

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"
)

// Secret is the secret whose name is in the environment variable. A binary one is its bytes.
func Secret(variable string) *Source {
	return &Source{variable: variable, kind: kind{
		noun: "secret", prop: "Secrets", client: secretsManager, absent: "ResourceNotFoundException",
		make: "aws secretsmanager create-secret --secret-string file://… --name",
	}}
}

func secretsManager(config aws.Config) fetch {
	client := secretsmanager.NewFromConfig(config)
	return func(ctx context.Context, name string) (string, error) {
		out, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &name})
		if err != nil {
			return "", fmt.Errorf("read the secret %s: %w", name, err)
		}
		if out.SecretString == nil {
			return string(out.SecretBinary), nil
		}
		return *out.SecretString, nil
	}
}

// Parameter is the parameter whose name is in the environment variable, of any type: one that is encrypted is decrypted,
// and a list is its elements joined by commas.
func Parameter(variable string) *Source {
	return &Source{variable: variable, kind: kind{
		noun: "parameter", prop: "Parameters", client: parameterStore, absent: "ParameterNotFound",
		make: "aws ssm put-parameter --type SecureString --value file://… --name",
	}}
}

func parameterStore(config aws.Config) fetch {
	client := ssm.NewFromConfig(config)
	return func(ctx context.Context, name string) (string, error) {
		out, err := client.GetParameter(ctx, &ssm.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
		if err != nil {
			return "", fmt.Errorf("read the parameter %s: %w", name, err)
		}
		return aws.ToString(out.Parameter.Value), nil
	}
}

// explain says what to do about a failure at the start.
func (s *Source) explain(err error, region string) error {
	refused, ok := errors.AsType[smithy.APIError](err)
	switch {
	case ok && refused.ErrorCode() == s.kind.absent:
		return fmt.Errorf("%s: there is no %s %s in %s: make it in the function's account, with `%s %s`",
			s.variable, s.kind.noun, s.name, region, s.kind.make, s.name)
	case ok && refused.ErrorCode() == "AccessDeniedException":
		return fmt.Errorf("%s: the function may not read the %s %s: name it in the function's %s, and the key that encrypts it in Keys, unless that is AWS's own; AWS may say so of one that is not there, too: %w",
			s.variable, s.kind.noun, s.name, s.kind.prop, err)
	}
	return fmt.Errorf("%s: %w", s.variable, err)
}
