package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"annex/lambdas/internal/batch"
	"annex/lambdas/internal/push"
)

// A broadcaster sends to all who are connected for a topic.
type broadcaster interface {
	Broadcast(ctx context.Context, topic string, message []byte) (push.Report, error)
}

type notifier struct {
	connections broadcaster
	logger      *slog.Logger
}

// patience is how long the pages of one cart may take to be told: anybody can open connections for a cart of his own that
// read nothing, as many as a cart may have, and change it.
const patience = 5 * time.Second

// notify tells a cart's pages its version. They get the cart themselves if they have an earlier one, so a change that is
// told twice, or not at all before the next, does no harm.
//
// A page that cannot be told for now, or not in time, is let be: what holds up its change holds up those of all other
// carts. It hears of the next one, or asks when it connects again. What only a mended stack or API Gateway itself can help is an error.
func (n notifier) notify(ctx context.Context, change batch.Change) error {
	if change.Kind == events.DynamoDBOperationTypeRemove {
		return nil // nobody shows a cart that has expired
	}
	id, version, err := read(change.New)
	if err != nil {
		return err
	}
	telling, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	report, err := n.connections.Broadcast(telling, id, fmt.Appendf(nil, `{"cart":{"version":%s}}`, version))
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("tell the pages of a cart: %w", context.Cause(ctx))
	}
	for _, failure := range report.Failed {
		if !failure.Busy {
			return fmt.Errorf("tell %d of the pages of a cart, and %d more: %w", len(report.Failed), report.Sent, failure.Err)
		}
	}
	if len(report.Failed) > 0 {
		n.logger.WarnContext(ctx, "pages were not told", "pages", len(report.Failed), "told", report.Sent, "error", report.Failed[0].Err)
	}
	return nil
}

// read finds what is told in the cart's item.
func read(cart map[string]types.AttributeValue) (id, version string, err error) {
	name, _ := cart["id"].(*types.AttributeValueMemberS)
	number, _ := cart["version"].(*types.AttributeValueMemberN)
	if name == nil || number == nil {
		return "", "", errors.New("the change has no id or no version of a cart: the stream of the carts' table has new images")
	}
	return name.Value, number.Value, nil
}
