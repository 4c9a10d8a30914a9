package stacks

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"

	"annex/stacks/bundle"
	"annex/stacks/web"
)

// updatesPath is where pages connect: wss://<SocketHost>/updates?cart=….
const updatesPath = "updates"

// NewUpdates defines the WebSocket API that tells pages of the changes of the
// cart that they show. Whoever knows a cart's id may see the cart, and so hear of
// its changes.
func NewUpdates(scope constructs.Construct, stage Stage, domain Domain, code *bundle.Handlers) awscdk.Stack {
	service := newService(scope, "updates", stage, domain, "Tells pages of the changes of the cart that they show")
	stack := service.stack

	socket := service.socket(updatesPath)
	updates := service.function("Updates", &web.FunctionProps{
		Code:        code.Handler("updates"),
		Environment: map[string]string{"CONNECTIONS_TABLE": *socket.Connections.TableName(), "CONNECTIONS_URL": socket.URL()},
	})
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
	return stack
}
