package preflight

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"annex/ops/internal/account"
)

// checkSecrets finds secrets and parameters that a function reads and that are
// not there: a function that does not find them does not start.
func checkSecrets(ctx context.Context, w *world) []Finding {
	var findings []Finding
	for _, function := range w.resources("AWS::Lambda::Function") {
		region := w.services.Regions[function.Stack.Region]
		for _, name := range namesIn(function.Metadata[w.stage.SecretsMetadata]) {
			there, err := hasSecret(ctx, region.Secrets, name)
			findings = append(findings, judgeSecret("secret "+name, function.String(),
				"aws secretsmanager create-secret --region "+function.Stack.Region+" --name "+name+" --secret-string file://<a file>", there, err))
		}
		for _, name := range namesIn(function.Metadata[w.stage.ParametersMetadata]) {
			value, err := account.Parameter(ctx, region.Parameters, name)
			findings = append(findings, judgeSecret("parameter "+name, function.String(),
				"aws ssm put-parameter --region "+function.Stack.Region+" --name "+name+" --type String --value <its value>", value != "", err))
		}
	}
	return findings
}

func namesIn(metadata any) []string {
	byVariable, _ := metadata.(map[string]any)
	var names []string
	for _, value := range byVariable {
		if name, ok := value.(string); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func judgeSecret(resource, function, do string, there bool, err error) Finding {
	switch {
	case err != nil:
		return unknown(resource, err)
	case !there:
		return stops(resource, do, "there is none, so %s does not start", function)
	}
	return fine(resource, "it is there")
}

// hasSecret asks for what describes a secret, never for its value.
func hasSecret(ctx context.Context, client Secrets, name string) (bool, error) {
	got, err := client.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String(name)})
	var missing *types.ResourceNotFoundException
	switch {
	case errors.As(err, &missing):
		return false, nil
	case err != nil:
		return false, err
	}
	return got.DeletedDate == nil, nil // one that is to be deleted cannot be read
}
