package push

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// opening is how long $connect may take: API Gateway waits 29 s for the function. Until it has answered, API Gateway says of
// a connection that is about to be opened that it is gone.
const opening = 30 * time.Second

// open lists a topic's connections. DynamoDB deletes expired items within days, not at once.
func (c *Connections) open(ctx context.Context, topic string) ([]string, error) {
	pages := dynamodb.NewQueryPaginator(c.store, &dynamodb.QueryInput{
		TableName:                 &c.table,
		KeyConditionExpression:    aws.String("topic = :topic"),
		FilterExpression:          aws.String("expires > :now"),
		ProjectionExpression:      aws.String("#connection"),
		ExpressionAttributeNames:  map[string]string{"#connection": "connection"}, // a reserved word
		ExpressionAttributeValues: map[string]types.AttributeValue{":topic": text(topic), ":now": number(c.now())},
	})
	var open []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list connections of table %s: %w", c.table, err)
		}
		for _, item := range page.Items {
			if connection, ok := item["connection"].(*types.AttributeValueMemberS); ok {
				open = append(open, connection.Value)
			}
		}
	}
	return open, nil
}

// forget removes a connection that is gone, but not one that may be about to be opened. Where that fails, its time to live
// removes it.
func (c *Connections) forget(ctx context.Context, topic, connection string) {
	_, _ = c.store.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName:                 &c.table,
		Key:                       key(topic, connection),
		ConditionExpression:       aws.String("opened < :opening"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":opening": number(c.now().Add(-opening))},
	})
}

func key(topic, connection string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"topic": text(topic), "connection": text(connection)}
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(t time.Time) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(t.Unix(), 10)}
}
