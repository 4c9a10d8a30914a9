package fakeaws

import (
	"net/http"
	"strings"
)

// Function is a function of Lambda's.
type Function struct {
	Environment map[string]string
	Version     string             // of the alias live
	Weights     map[string]float64 // of the alias live, by version
}

var lambdaOperations = []route{
	at("GET", `/2016-08-19/account-settings/?`, "", "GetAccountSettings", func(a *Account, _ *request) (any, error) {
		if a.Concurrency == [2]int32{} {
			return map[string]any{}, nil
		}
		return map[string]any{"AccountLimit": map[string]any{
			"ConcurrentExecutions": a.Concurrency[0], "UnreservedConcurrentExecutions": a.Concurrency[1],
		}}, nil
	}),
	at("GET", `/2015-03-31/functions/([^/]+)/configuration`, "", "GetFunctionConfiguration", func(a *Account, r *request) (any, error) {
		f, err := a.function(r)
		if err != nil {
			return nil, err
		}
		return map[string]any{"FunctionName": r.path[0], "Environment": map[string]any{"Variables": f.Environment}}, nil
	}),
	at("GET", `/2015-03-31/functions/([^/]+)/aliases/([^/]+)`, "", "GetAlias", func(a *Account, r *request) (any, error) {
		f, err := a.function(r)
		if err != nil {
			return nil, err
		}
		return map[string]any{"Name": r.path[1], "FunctionVersion": f.Version, "RoutingConfig": map[string]any{"AdditionalVersionWeights": f.Weights}}, nil
	}),
}

func (a *Account) function(r *request) (*Function, error) {
	f := a.Functions[r.path[0][strings.LastIndex(r.path[0], ":")+1:]] // of a name or an ARN
	if f == nil {
		return nil, refuse(http.StatusNotFound, "ResourceNotFoundException", "Function not found: %s", r.path[0])
	}
	return f, nil
}
