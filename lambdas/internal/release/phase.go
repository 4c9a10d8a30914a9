package release

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// live is the alias that everybody calls.
const live = "live"

// settleTime is how long the alias may have the old version answer once it names the new one. Lambda promises no moment
// from which every invocation knows that an alias was moved, and a good version is not to go back for the first of them.
const (
	settleTime  = 15 * time.Second
	settlePause = 500 * time.Millisecond
)

// settled runs the check that has chosen whom to call, until the alias no longer has the old version answer.
func (h *hook) settled(ctx context.Context, api *API) error {
	for until := time.Now().Add(settleTime); ; {
		err := h.check(ctx, api)
		if _, old := errors.AsType[otherVersion](err); !old || api.qualifier != live || time.Now().After(until) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(settlePause):
		}
	}
}

// choose finds out which phase this is, by the version that the alias names: while it is not the new one, nobody but the
// check is to call the new version, and the check calls it itself. Once it is, the check calls what everybody calls. An
// alias with weights has more than the new version, whichever it names: Lambda itself gives the old one a weight of 1 as
// long as provisioned environments of the new one are not ready.
func (a *API) choose(ctx context.Context) error {
	alias, err := a.client.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: &a.function, Name: aws.String(live)})
	if err != nil {
		return fmt.Errorf("find out which version the alias %s names: %w", live, err)
	}
	a.qualifier = a.version
	weighted := alias.RoutingConfig != nil && len(alias.RoutingConfig.AdditionalVersionWeights) > 0
	if aws.ToString(alias.FunctionVersion) == a.version && !weighted {
		a.qualifier = live
	}
	return nil
}
