package rules

import "slices"

var cors = []Rule{
	{
		ID:     "AX041",
		Title:  "the API lets every origin send credentials",
		Fix:    "name the origins in AllowOrigins, or take AllowCredentials away",
		Source: "API Gateway, Configuring CORS for HTTP APIs",
		check:  each(apiCredentials, apiType),
	},
	{
		ID:     "AX042",
		Title:  "the response headers policy has a * in its CORS headers, and credentials",
		Fix:    "name the origins, headers and methods, or take AccessControlAllowCredentials away",
		Source: "CloudFront, Understand response headers policies: CORS headers",
		check:  each(edgeCredentials, "AWS::CloudFront::ResponseHeadersPolicy"),
	},
}

func apiCredentials(r *Resource) []Finding {
	if r.text("CorsConfiguration", "AllowCredentials") != "true" || !slices.Contains(texts(r.property("CorsConfiguration", "AllowOrigins")), "*") {
		return nil
	}
	return []Finding{r.finding("CorsConfiguration", "AllowOrigins is *")}
}

func edgeCredentials(r *Resource) (findings []Finding) {
	config := r.property("ResponseHeadersPolicyConfig", "CorsConfig")
	if r.Stack.Text(at(config, "AccessControlAllowCredentials")) != "true" {
		return nil
	}
	for _, header := range []string{"AccessControlAllowOrigins", "AccessControlAllowHeaders", "AccessControlAllowMethods"} {
		for _, value := range texts(at(config, header, "Items")) {
			if value == "*" || value == "ALL" {
				findings = append(findings, r.finding("ResponseHeadersPolicyConfig.CorsConfig", "%s is %s", header, value))
			}
		}
	}
	return findings
}
