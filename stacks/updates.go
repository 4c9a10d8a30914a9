package stacks

import (
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/bundle"
	"annex/stacks/web"
)

// updatesPath is where pages connect: wss://<SocketHost>/updates?cart=….
const updatesPath = "updates"

// NewUpdates defines the WebSocket API that tells pages of the changes of the
// cart that they show. Whoever knows a cart's id may see the cart, and so hear of
// its changes.
func NewUpdates(scope constructs.Construct, stage Stage, domain Domain, cart Cart, code *bundle.Handlers) awscdk.Stack {
	service := newService(scope, "updates", stage, domain, "Tells pages of the changes of the cart that they show")
	stack := service.stack

	socket := service.socket(updatesPath)
	environment := map[string]string{"CONNECTIONS_TABLE": *socket.Connections.TableName(), "CONNECTIONS_URL": socket.URL()}
	updates := service.function("Updates", &web.FunctionProps{Code: code.Handler("updates"), Environment: environment})
	socket.GrantConnect(updates)

	// Any page can have a browser connect anywhere, past CORS: the origin tells
	// whose page it is.
	pages := web.NewSocketAuthorizer(stack, "Pages", &web.SocketAuthorizerProps{
		Socket: socket,
		Function: service.function("Authorizer", &web.FunctionProps{
			Code:        code.Handler("updatesauthorizer"),
			Environment: map[string]string{"ORIGINS": strings.Join(stage.pageOrigins(), " ")},
		}),
		IdentitySources: []string{"route.request.header.Origin", "route.request.querystring.cart"},
	})
	web.NewSocketRoute(stack, "Connect", &web.SocketRouteProps{Socket: socket, Key: "$connect", Function: updates, Authorizer: pages})
	web.NewSocketRoute(stack, "Disconnect", &web.SocketRouteProps{Socket: socket, Key: "$disconnect", Function: updates})
	web.NewSocketRoute(stack, "Ping", &web.SocketRouteProps{Socket: socket, Key: "ping", Function: updates, Answers: true})
	web.NewSocketRoute(stack, "Unknown", &web.SocketRouteProps{Socket: socket, Key: "$default", Function: updates, Answers: true})

	notifier := service.worker("Notifier", &web.FunctionProps{
		Code:        code.Handler("notifier"),
		Environment: environment,
		Timeout:     30 * time.Second, // some of the pages may not be reached at once
	})
	socket.GrantPush(notifier)
	service.onChange("Changes", &web.OnChangeProps{
		Table:    cart.Carts,
		Function: notifier,
		// A new cart has no pages yet, and one that expires none any more.
		Filters: []map[string]any{{"eventName": []string{"MODIFY"}}},
		// Pages that are slow to be told hold up a tenth of the other carts, not all.
		Parallelization: 10,
		// Pages that are told late have asked: what fails for longer is for the
		// alarm, and not for all later changes to wait for.
		Retries: 3,
	})
	stack.AddStackDependency(cart.Stack, jsii.String("its notifier reads the stream of the carts' table"))
	return stack
}
