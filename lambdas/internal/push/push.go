// Package push keeps who is connected to a WebSocket API, and sends to them. Any handler below lambdas/ may import it.
//
// A connection hears of one topic, such as a cart. The function of $connect adds it, the function of $disconnect
// removes it, and whoever knows of a change sends:
//
//	report, err := connections.Broadcast(ctx, cart, []byte(`{"cart":{"version":7}}`))
package push

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// lifetime is how long API Gateway keeps a connection at most, two hours, and what clocks may differ by.
const lifetime = 2*time.Hour + 10*time.Minute

// Connections are those to one WebSocket API. The table has one item for each:
//
//	topic       string, the partition key: what it hears of
//	connection  string, the sort key: API Gateway's id of it
//	opened      number, epoch seconds
//	expires     number, epoch seconds, the table's TTL attribute: by then it is closed
type Connections struct {
	table  string
	store  *dynamodb.Client
	sender *apigatewaymanagementapi.Client
	now    func() time.Time

	patience time.Duration // see the constant
}

// New finds the connections by what their stack gives its functions: CONNECTIONS_TABLE, and CONNECTIONS_URL, to which the
// SDK appends /@connections/<connection>.
func New(config aws.Config, getenv func(string) string) (*Connections, error) {
	table, url := getenv("CONNECTIONS_TABLE"), getenv("CONNECTIONS_URL")
	if table == "" || url == "" {
		return nil, fmt.Errorf("CONNECTIONS_TABLE is %q and CONNECTIONS_URL %q: the stack gives the function both, of its web.Socket", table, url)
	}
	return &Connections{
		table: table,
		store: dynamodb.NewFromConfig(config),
		sender: apigatewaymanagementapi.NewFromConfig(config, func(o *apigatewaymanagementapi.Options) {
			o.BaseEndpoint = aws.String(url)
			o.Retryer = aws.NopRetryer{} // deliver tries again, once it has tried the others
		}),
		now:      time.Now,
		patience: patience,
	}, nil
}

// Add has a connection hear of a topic from now on.
func (c *Connections) Add(ctx context.Context, topic, connection string) error {
	item := key(topic, connection)
	item["opened"] = number(c.now())
	item["expires"] = number(c.now().Add(lifetime))
	if _, err := c.store.PutItem(ctx, &dynamodb.PutItemInput{TableName: &c.table, Item: item}); err != nil {
		return fmt.Errorf("add a connection to table %s: %w", c.table, err)
	}
	return nil
}

// Remove has a connection hear no more of a topic. It may have been removed before.
func (c *Connections) Remove(ctx context.Context, topic, connection string) error {
	_, err := c.store.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &c.table, Key: key(topic, connection)})
	if err != nil {
		return fmt.Errorf("remove a connection from table %s: %w", c.table, err)
	}
	return nil
}
