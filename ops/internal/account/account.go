// Package account is how the commands of ops/ reach an account: by the
// credentials of the person or job that runs them, if they are of the account
// that a command is for. Only ops/ may import it.
package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Load finds the credentials, as the AWS CLI does.
func Load(ctx context.Context, region string) (aws.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return aws.Config{}, fmt.Errorf("reading the AWS configuration: %w", err)
	}
	return cfg, nil
}

// In is the configuration for another region.
func In(cfg aws.Config, region string) aws.Config {
	cfg = cfg.Copy()
	cfg.Region = region
	return cfg
}

// Check gives the ARN of the caller, if that is of the account.
func Check(ctx context.Context, cfg aws.Config, account string) (string, error) {
	if cfg.Credentials == nil {
		return "", noCredentials(account, errors.New("none are configured"))
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", noCredentials(account, err)
	}
	identity, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		if ErrorCode(err) != "" {
			return "", noCredentials(account, err)
		}
		return "", fmt.Errorf("asking AWS whose the credentials are: %w", err)
	}
	if got := aws.ToString(identity.Account); got != account {
		return "", fmt.Errorf("the credentials are of account %s (%s), and the stage is in %s: choose others, as with AWS_PROFILE",
			got, aws.ToString(identity.Arn), account)
	}
	return aws.ToString(identity.Arn), nil
}

func noCredentials(account string, err error) error {
	return fmt.Errorf("no AWS credentials that are good for account %s: set AWS_PROFILE, or log in (`aws sso login`): %w", account, err)
}
