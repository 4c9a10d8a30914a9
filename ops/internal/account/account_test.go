package account_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"annex/ops/internal/account"
	"annex/ops/internal/fakeaws"
)

func TestCallerHasToBeOfTheAccount(t *testing.T) {
	aws444 := fakeaws.New(t, "444455556666")
	aws444.Throttled["sts:GetCallerIdentity"] = 2 // the SDK asks again
	caller, err := account.Check(t.Context(), aws444.Config("eu-west-1"), "444455556666")
	if err != nil || caller != "arn:aws:iam::444455556666:user/dev" {
		t.Errorf("got %q, %v", caller, err)
	}
	_, err = account.Check(t.Context(), aws444.Config("eu-west-1"), "111122223333")
	want := "the credentials are of account 444455556666 (arn:aws:iam::444455556666:user/dev), and the stage is in 111122223333"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestNoCredentialsIsSaid(t *testing.T) {
	fake := fakeaws.New(t, "444455556666")
	none := fake.Config("eu-west-1")
	none.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("no EC2 IMDS role found")
	})
	expired := fake.Config("eu-west-1")
	fake.Denied = []string{"sts:GetCallerIdentity"}
	for name, cfg := range map[string]aws.Config{"none": none, "refused": expired, "no provider": {}} {
		_, err := account.Check(t.Context(), cfg, "444455556666")
		if err == nil || !strings.Contains(err.Error(), "set AWS_PROFILE, or log in (`aws sso login`)") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
