package batch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"annex/lambdas/internal/warm"
)

// A Change is one change of an item, from the stream of its table.
type Change struct {
	// ID is the same whenever the change is delivered.
	ID string
	// Kind says what was done to the item: INSERT, MODIFY or REMOVE.
	Kind events.DynamoDBOperationType
	// SequenceNumber grows with the changes of the same item.
	SequenceNumber string
	// Time is when the item was changed, about, and in whole seconds.
	Time time.Time
	// Key is the item's key.
	Key map[string]types.AttributeValue
	// Old and New are the item before and after the change. Old is nil for an INSERT, New for a REMOVE, and either where
	// the stream has no such images.
	Old, New map[string]types.AttributeValue
	// Expired tells that DynamoDB itself removed the item, whose time to live was over.
	Expired bool
}

// Changes is the function that lambda.Start takes for a table's stream. It hands over the changes in their order, and stops
// at the first that fails: that one and all after it come again, since a later change of an item must not overtake an
// earlier one. A change fails where handle has an error or panics, where the time runs out, or where the record cannot be
// read. An invocation whose first change fails, fails itself.
//
// The context of handle ends a moment before the function's deadline.
func Changes(logger *slog.Logger, handle func(context.Context, Change) error) lambda.Handler {
	// The records are read one by one, for one that cannot be read is no reason not to do the others.
	type event struct{ Records []json.RawMessage }
	return warm.Handler(func(ctx context.Context, event event) (events.DynamoDBEventResponse, error) {
		done := events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{}}
		work, cancel := working(ctx)
		defer cancel()
		for i, record := range event.Records {
			err := attempt(work, func() error {
				change, err := readChange(record)
				if err != nil {
					return err
				}
				return handle(work, change)
			})
			if err == nil {
				continue
			}
			number := sequenceNumber(record)
			logFailure(ctx, logger, number, err)
			if i == 0 || number == "" {
				return events.DynamoDBEventResponse{}, nothingDone(len(event.Records), err)
			}
			done.BatchItemFailures = append(done.BatchItemFailures, events.DynamoDBBatchItemFailure{ItemIdentifier: number})
			break
		}
		return done, nil
	})
}

// sequenceNumber is a record's, also of one that cannot be read otherwise.
func sequenceNumber(record json.RawMessage) string {
	var numbered struct {
		Change struct{ SequenceNumber string } `json:"dynamodb"`
	}
	_ = json.Unmarshal(record, &numbered) // it has none then
	return numbered.Change.SequenceNumber
}

func readChange(record json.RawMessage) (Change, error) {
	var r events.DynamoDBEventRecord
	if err := json.Unmarshal(record, &r); err != nil {
		return Change{}, fmt.Errorf("read a record of the stream: %w", err)
	}
	if r.EventSource != "aws:dynamodb" || r.Change.SequenceNumber == "" {
		return Change{}, errors.New("the event has a record that is not of a DynamoDB stream: this function is for an event source mapping of one")
	}
	return Change{
		ID:             r.EventID,
		Kind:           events.DynamoDBOperationType(r.EventName),
		SequenceNumber: r.Change.SequenceNumber,
		Time:           r.Change.ApproximateCreationDateTime.UTC(),
		Key:            image(r.Change.Keys),
		Old:            image(r.Change.OldImage),
		New:            image(r.Change.NewImage),
		Expired:        r.UserIdentity != nil && *r.UserIdentity == events.DynamoDBUserIdentity{Type: "Service", PrincipalID: "dynamodb.amazonaws.com"},
	}, nil
}

// image is an item as the SDK's client reads and writes it.
func image(attributes map[string]events.DynamoDBAttributeValue) map[string]types.AttributeValue {
	if attributes == nil {
		return nil
	}
	values := make(map[string]types.AttributeValue, len(attributes))
	for name, attribute := range attributes {
		values[name] = value(attribute)
	}
	return values
}

func value(attribute events.DynamoDBAttributeValue) types.AttributeValue {
	switch attribute.DataType() {
	case events.DataTypeBinary:
		return &types.AttributeValueMemberB{Value: attribute.Binary()}
	case events.DataTypeBoolean:
		return &types.AttributeValueMemberBOOL{Value: attribute.Boolean()}
	case events.DataTypeBinarySet:
		return &types.AttributeValueMemberBS{Value: attribute.BinarySet()}
	case events.DataTypeList:
		list := make([]types.AttributeValue, 0, len(attribute.List()))
		for _, element := range attribute.List() {
			list = append(list, value(element))
		}
		return &types.AttributeValueMemberL{Value: list}
	case events.DataTypeMap:
		return &types.AttributeValueMemberM{Value: image(attribute.Map())}
	case events.DataTypeNumber:
		return &types.AttributeValueMemberN{Value: attribute.Number()}
	case events.DataTypeNumberSet:
		return &types.AttributeValueMemberNS{Value: attribute.NumberSet()}
	case events.DataTypeString:
		return &types.AttributeValueMemberS{Value: attribute.String()}
	case events.DataTypeStringSet:
		return &types.AttributeValueMemberSS{Value: attribute.StringSet()}
	default:
		return &types.AttributeValueMemberNULL{Value: true}
	}
}
