package rules

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

var accessLog = []Rule{
	{
		ID:     "AX045",
		Title:  "the access log's format has no requestId",
		Fix:    `add "requestId":"$context.requestId" or $context.extendedRequestId to it`,
		Source: "API Gateway, Configure logging for HTTP APIs",
		check:  each(withoutRequestID, stageType),
	},
	{
		ID:     "AX046",
		Title:  "the access log's format is longer than 3 KB",
		Fix:    "leave fields out",
		Source: "API Gateway, Quotas for configuring and running an HTTP API",
		check:  each(longFormat, stageType),
	},
	{
		ID:     "AX047",
		Title:  "the access log's format is not a JSON object in one line",
		Fix:    "write each field as \"name\":\"$context.name\", with commas between, in braces",
		Source: "API Gateway, Configure logging for HTTP APIs",
		check:  each(unstructured, stageType),
	},
	{
		ID:     "AX048",
		Title:  "the access log's format has a variable that HTTP APIs do not have",
		Fix:    "leave it out: AWS refuses the stage. REST and WebSocket APIs have others",
		Source: "API Gateway, Customize HTTP API access logs",
		check:  each(unknownVariables, stageType),
	},
}

// format gives the format of a stage's access log, if all of it is known.
func format(stage *Resource) (text string, ok bool) {
	text = strings.TrimSpace(stage.text("AccessLogSettings", "Format"))
	return text, text != "" && literal(text)
}

func withoutRequestID(stage *Resource) []Finding {
	text, ok := format(stage)
	if !ok || strings.Contains(text, "$context.requestId") || strings.Contains(text, "$context.extendedRequestId") {
		return nil
	}
	return []Finding{stage.finding("AccessLogSettings.Format", "%s", text)}
}

func longFormat(stage *Resource) []Finding {
	text, ok := format(stage)
	if !ok || len(text) <= 3*1024 {
		return nil
	}
	return []Finding{stage.finding("AccessLogSettings.Format", "%d bytes", len(text))}
}

// httpVariables are those of HTTP APIs, beside what an authorizer gives.
var httpVariables = strings.Fields(`
	accountId apiId awsEndpointRequestId awsEndpointRequestId2 customDomain.basePathMatched dataProcessed
	domainName domainPrefix error.message error.messageString error.responseType extendedRequestId httpMethod
	identity.accountId identity.caller identity.cognitoAuthenticationProvider identity.cognitoAuthenticationType
	identity.cognitoIdentityId identity.cognitoIdentityPoolId identity.principalOrgId
	identity.clientCert.clientCertPem identity.clientCert.subjectDN identity.clientCert.issuerDN
	identity.clientCert.serialNumber identity.clientCert.validity.notBefore identity.clientCert.validity.notAfter
	identity.sourceIp identity.user identity.userAgent identity.userArn
	integration.error integration.integrationStatus integration.latency integration.requestId integration.status
	integrationErrorMessage integrationLatency integrationStatus path protocol
	requestId requestTime requestTimeEpoch responseLatency responseLength routeKey stage status`)

func unknownVariables(stage *Resource) (findings []Finding) {
	text, ok := format(stage)
	api := stage.target("ApiId")
	if !ok || api == nil || api.text("ProtocolType") != "HTTP" {
		return nil
	}
	for _, variable := range contextVariable.FindAllString(text, -1) {
		name := strings.TrimPrefix(variable, "$context.")
		if !strings.HasPrefix(name, "authorizer.") && !slices.Contains(httpVariables, name) {
			findings = append(findings, stage.finding("AccessLogSettings.Format", "%s", variable))
		}
	}
	return findings
}

// contextVariable is what API Gateway puts a value for, without quotes.
var contextVariable = regexp.MustCompile(`\$context\.[A-Za-z0-9_.]+`)

func unstructured(stage *Resource) []Finding {
	text, ok := format(stage)
	var object map[string]any
	if !ok || !strings.Contains(text, "\n") && json.Unmarshal([]byte(contextVariable.ReplaceAllString(text, "0")), &object) == nil {
		return nil
	}
	return []Finding{stage.finding("AccessLogSettings.Format", "%s", text)}
}
