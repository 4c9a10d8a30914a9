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

// Count is how many connections a topic has, to refuse more of them on $connect: those that are opened at the same moment
// do not see each other, and those that were closed without notice count until something is sent to them, or they expire.
// Where a topic has more than one page of a query, about ten thousand, it counts those of the first.
func (c *Connections) Count(ctx context.Context, topic string) (int, error) {
	query := c.query(topic)
	query.Select = types.SelectCount
	page, err := c.store.Query(ctx, query)
	if err != nil {
		return 0, fmt.Errorf("count connections of table %s: %w", c.table, err)
	}
	return int(page.Count), nil
}

// open lists a topic's connections.
func (c *Connections) open(ctx context.Context, topic string) ([]string, error) {
	query := c.query(topic)
	query.ProjectionExpression = aws.String("#connection")
	query.ExpressionAttributeNames = map[string]string{"#connection": "connection"} // a reserved word
	pages := dynamodb.NewQueryPaginator(c.store, query)
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

// query asks for a topic's connections that have not expired: DynamoDB deletes those within days, not at once.
func (c *Connections) query(topic string) *dynamodb.QueryInput {
	return &dynamodb.QueryInput{
		TableName:                 &c.table,
		KeyConditionExpression:    aws.String("topic = :topic"),
		FilterExpression:          aws.String("expires > :now"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":topic": text(topic), ":now": number(c.now())},
	}
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
