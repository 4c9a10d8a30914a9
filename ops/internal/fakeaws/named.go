package fakeaws

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// The services of which only the names of what they have matter.

var logsOperations = map[string]operation{
	"DescribeLogGroups": func(a *Account, r *request) (any, error) {
		prefix := input[struct {
			Prefix string `json:"logGroupNamePrefix"`
		}](r).Prefix
		var groups []map[string]string
		for _, key := range slices.Sorted(maps.Keys(a.LogGroups)) {
			if name, ok := strings.CutPrefix(key, r.region+" "); ok && strings.HasPrefix(name, prefix) {
				groups = append(groups, map[string]string{"logGroupName": name})
			}
		}
		return map[string]any{"logGroups": groups}, nil
	},
}

var dynamodbOperations = map[string]operation{
	"DescribeTable": func(a *Account, r *request) (any, error) {
		name := input[struct{ TableName string }](r).TableName
		if !a.Tables[r.region+" "+name] {
			return nil, refuse(http.StatusBadRequest, "ResourceNotFoundException", "Requested resource not found: Table: %s not found", name)
		}
		return map[string]any{"Table": map[string]any{"TableName": name}}, nil
	},
}

var secretsmanagerOperations = map[string]operation{
	"DescribeSecret": func(a *Account, r *request) (any, error) {
		name := input[struct{ SecretId string }](r).SecretId //nolint:revive // Secrets Manager's name
		if !a.Secrets[r.region+" "+name] {
			return nil, refuse(http.StatusBadRequest, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
		}
		return map[string]any{"Name": name}, nil
	},
}

var cognitoOperations = map[string]operation{
	"DescribeUserPoolDomain": func(a *Account, r *request) (any, error) {
		prefix := input[struct{ Domain string }](r).Domain
		pool, ok := a.SignInHosts[r.region+" "+prefix]
		if !ok {
			return map[string]any{"DomainDescription": map[string]any{}}, nil // as Cognito has it
		}
		return map[string]any{"DomainDescription": map[string]any{"Domain": prefix, "UserPoolId": pool}}, nil
	},
}
