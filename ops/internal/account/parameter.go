package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// Parameters is what is used of SSM to read.
type Parameters interface {
	GetParameter(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
}

// Parameter gives a parameter's value, empty where there is no such parameter.
// Of a SecureString it gives what the key made of the value, which needs no
// permission to use the key.
func Parameter(ctx context.Context, client Parameters, name string) (string, error) {
	return parameter(ctx, client, &ssm.GetParameterInput{Name: aws.String(name)})
}

// SecureParameter gives the value of a SecureString, as Parameter does that of
// others.
func SecureParameter(ctx context.Context, client Parameters, name string) (string, error) {
	return parameter(ctx, client, &ssm.GetParameterInput{Name: aws.String(name), WithDecryption: aws.Bool(true)})
}

func parameter(ctx context.Context, client Parameters, input *ssm.GetParameterInput) (string, error) {
	got, err := client.GetParameter(ctx, input)
	var missing *types.ParameterNotFound
	switch {
	case errors.As(err, &missing):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("reading the SSM parameter %s: %w", aws.ToString(input.Name), err)
	}
	return aws.ToString(got.Parameter.Value), nil
}
