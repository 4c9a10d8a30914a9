package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
)

// most is how many connections a cart may have: a shopper's tabs, and whomever the cart is shown to. What changes is sent to
// each of them, and anybody can open any number for a cart of his own. A page that is refused looks at the cart by itself.
const most = 50

// connections are those who hear of a topic.
type connections interface {
	Count(ctx context.Context, topic string) (int, error)
	Add(ctx context.Context, topic, connection string) error
	Remove(ctx context.Context, topic, connection string) error
}

type handler struct {
	connections connections
	logger      *slog.Logger
}

// errCrowded says that the topic has the most connections.
var errCrowded = errors.New("there are too many connections already")

// errFailed says nothing of the failure, for API Gateway may pass it on.
var errFailed = errors.New("the service failed, and has logged why")

// handle answers what comes over the API. What it returns for $connect decides whether the connection is opened; for a
// message, its body is sent back.
func (h handler) handle(ctx context.Context, event events.APIGatewayWebsocketProxyRequest) (events.APIGatewayProxyResponse, error) {
	answer, err := h.route(ctx, event)
	if errors.Is(err, errCrowded) {
		return events.APIGatewayProxyResponse{StatusCode: http.StatusTooManyRequests}, nil
	}
	if err != nil {
		h.logger.ErrorContext(ctx, "request failed", "routeKey", event.RequestContext.RouteKey,
			"apiRequestId", event.RequestContext.RequestID, "error", err)
		return events.APIGatewayProxyResponse{}, errFailed
	}
	return events.APIGatewayProxyResponse{StatusCode: http.StatusOK, Body: answer}, nil
}

func (h handler) route(ctx context.Context, event events.APIGatewayWebsocketProxyRequest) (answer string, err error) {
	switch event.RequestContext.RouteKey {
	case "$connect", "$disconnect":
		topic, err := topic(event)
		if err != nil {
			return "", err
		}
		if event.RequestContext.RouteKey == "$disconnect" {
			return "", h.connections.Remove(ctx, topic, event.RequestContext.ConnectionID)
		}
		return "", h.connect(ctx, topic, event.RequestContext.ConnectionID)
	case "ping":
		return `{"pong":true}`, nil
	case "$default":
		return `{"error":"send {\"action\":\"ping\"}, or nothing: the updates come by themselves"}`, nil
	}
	return "", fmt.Errorf("the API sent route key %q, which this handler does not have: compare the stack's routes with the handler's", event.RequestContext.RouteKey)
}

func (h handler) connect(ctx context.Context, topic, connection string) error {
	count, err := h.connections.Count(ctx, topic)
	if err != nil {
		return err
	}
	if count >= most {
		return errCrowded
	}
	return h.connections.Add(ctx, topic, connection)
}

// topic is what the connection hears of, which the authorizer said when it was opened.
func topic(event events.APIGatewayWebsocketProxyRequest) (string, error) {
	context, _ := event.RequestContext.Authorizer.(map[string]any)
	topic, _ := context["topic"].(string)
	if topic == "" {
		return "", errors.New("the event has no topic of the authorizer's: give the route $connect the authorizer of lambdas/updatesauthorizer")
	}
	return topic, nil
}
