package clientcert

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"annex/ops/internal/account"
)

// setParameter writes a parameter that may be read by who may read the stack.
func setParameter(ctx context.Context, client Parameters, name, value, description string) error {
	_, err := client.PutParameter(ctx, &ssm.PutParameterInput{
		Name: aws.String(name), Value: aws.String(value), Description: aws.String(description),
		Type: types.ParameterTypeString, Overwrite: aws.Bool(true),
	})
	if err != nil {
		return fmt.Errorf("writing the SSM parameter %s: %w", name, err)
	}
	return nil
}

// authorities reads the authorities that there are.
func (r *run) authorities(ctx context.Context) ([]*Authority, error) {
	text, err := account.SecureParameter(ctx, r.clients.Parameters, r.names.AuthorityParameter)
	if text == "" || err != nil {
		return nil, err
	}
	authorities, err := decodeAuthorities([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("the SSM parameter %s does not hold what this command writes: %w: "+
			"bring an earlier version of it back, or delete it to have a new authority made", r.names.AuthorityParameter, err)
	}
	return authorities, nil
}

// keepAuthorities writes the authorities, encrypted with the account's key for
// SSM. The first of all is never written over one that another run made at the
// same time.
func (r *run) keepAuthorities(ctx context.Context, authorities []*Authority, first bool) error {
	text, err := encodeAuthorities(authorities)
	if err != nil {
		return err
	}
	_, err = r.clients.Parameters.PutParameter(ctx, &ssm.PutParameterInput{
		Name: aws.String(r.names.AuthorityParameter), Value: aws.String(string(text)),
		Description: aws.String("The authority of the client certificate that CloudFront shows to " + r.names.APIHost),
		Type:        types.ParameterTypeSecureString, Overwrite: aws.Bool(!first),
	})
	if err != nil {
		return fmt.Errorf("writing the SSM parameter %s: %w", r.names.AuthorityParameter, err)
	}
	return nil
}
