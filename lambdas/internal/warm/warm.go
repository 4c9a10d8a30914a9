// Package warm answers the calls that keep execution environments warm. The warmer (lambdas/warmer) makes several at
// once, and each holds its environment for a moment, so that Lambda needs as many environments as there are calls.
//
// httpapi.Start answers them already. A handler without it is wrapped:
//
//	lambda.Start(warm.Handler(rebuild))
//
// Any handler below lambdas/ may import it; it imports no AWS client.
package warm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

// A Call is the payload of such a call, which no event of AWS's looks like.
type Call struct {
	Warm *Hold `json:"annexWarm"`
}

// A Hold says how long the environment is kept busy.
type Hold struct {
	Milliseconds int `json:"holdMilliseconds"`
}

// Handler is the handler, any that lambda.Start takes, with the warmer's calls answered before it sees them: with {},
// and once the environment has been held.
func Handler(handler any) lambda.Handler { return warmed{lambda.NewHandler(handler)} }

type warmed struct{ handler lambda.Handler }

func (w warmed) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if !isCall(payload) {
		return w.handler.Invoke(ctx, payload)
	}
	var call Call
	if err := json.Unmarshal(payload, &call); err != nil || call.Warm == nil {
		return nil, fmt.Errorf(`warm the environment: want {"annexWarm":{"holdMilliseconds":200}}, got %.100q`, payload)
	}
	timer := time.NewTimer(time.Duration(call.Warm.Milliseconds) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return []byte("{}"), nil
}

// isCall tells by the payload's first name alone, so that an event, which is decoded once, costs nothing more.
func isCall(payload []byte) bool {
	const space = " \t\r\n"
	rest, ok := bytes.CutPrefix(bytes.TrimLeft(payload, space), []byte("{"))
	return ok && bytes.HasPrefix(bytes.TrimLeft(rest, space), []byte(`"annexWarm"`))
}
