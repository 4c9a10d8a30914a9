package cloudfront

import "time"

// The managed policies, by the IDs that templates name them with. Sources: Use
// managed cache policies, Use managed origin request policies, Use managed
// response headers policies. Those that belong to Amplify Hosting alone are
// not here.

const (
	day  = 24 * time.Hour
	year = 365 * day
)

func managedCachePolicies() map[string]CachePolicy {
	none := Selection{Mode: None}
	optimized := CachePolicy{
		Name: "CachingOptimized", MinTTL: time.Second, DefaultTTL: day, MaxTTL: year,
		Headers: none, Cookies: none, QueryStrings: none, Gzip: true, Brotli: true,
	}
	uncompressed := optimized
	uncompressed.Name, uncompressed.Gzip, uncompressed.Brotli = "CachingOptimizedForUncompressedObjects", false, false
	disabled := CachePolicy{Name: "CachingDisabled", Headers: none, Cookies: none, QueryStrings: none}
	origin := CachePolicy{
		Name: "UseOriginCacheControlHeaders", MaxTTL: year,
		Headers: Selection{Mode: Whitelist, Names: []string{"Host", "Origin", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"}},
		Cookies: Selection{Mode: All}, QueryStrings: none, Gzip: true, Brotli: true,
	}
	originQuery := origin
	originQuery.Name, originQuery.QueryStrings = "UseOriginCacheControlHeaders-QueryStrings", Selection{Mode: All}
	return map[string]CachePolicy{
		"658327ea-f89d-4fab-a63d-7e88639e58f6": optimized,
		"b2884449-e4de-46a7-ac36-70bc7f1ddd6d": uncompressed,
		"4135ea2d-6df8-44a3-9df3-4b5a84be39ad": disabled,
		"83da9c7e-98b4-4e11-a168-04f0df8e2c65": origin,
		"4cc15a8a-d715-48a4-82b8-cc0b614638fe": originQuery,
		"2e54312d-136d-493c-8eb9-b001f22f67d2": {
			Name: "Amplify", MinTTL: 2 * time.Second, DefaultTTL: 2 * time.Second, MaxTTL: 10 * time.Minute,
			Headers: Selection{Mode: Whitelist, Names: []string{"Authorization", "CloudFront-Viewer-Country", "Host"}},
			Cookies: Selection{Mode: All}, QueryStrings: Selection{Mode: All}, Gzip: true, Brotli: true,
		},
		"08627262-05a9-4f76-9ded-b50ca2e3a84f": {
			Name: "Elemental-MediaPackage", DefaultTTL: day, MaxTTL: year,
			Headers: Selection{Mode: Whitelist, Names: []string{"Origin"}},
			Cookies: none, QueryStrings: Selection{Mode: Whitelist, Names: []string{"aws.manifestfilter", "start", "end", "m"}},
			Gzip: true, Brotli: true,
		},
	}
}

func managedOriginRequestPolicies() map[string]*OriginRequestPolicy {
	all, none := Selection{Mode: All}, Selection{Mode: None}
	headers := func(names ...string) Selection { return Selection{Mode: Whitelist, Names: names} }
	return map[string]*OriginRequestPolicy{
		"216adef6-5c7f-47e4-b989-5492eafa07d3": {Name: "AllViewer", Headers: all, Cookies: all, QueryStrings: all},
		"b689b0a8-53d0-40ab-baf2-68738e2966ac": {
			Name: "AllViewerExceptHostHeader", Headers: Selection{Mode: AllExcept, Names: []string{"Host"}}, Cookies: all, QueryStrings: all,
		},
		"33f36d7e-f396-46d9-90e0-52428a34d9dc": {
			Name: "AllViewerAndCloudFrontHeaders-2022-06", Headers: Selection{Mode: All, Names: []string{
				"CloudFront-Forwarded-Proto", "CloudFront-Is-Android-Viewer", "CloudFront-Is-Desktop-Viewer", "CloudFront-Is-IOS-Viewer",
				"CloudFront-Is-Mobile-Viewer", "CloudFront-Is-SmartTV-Viewer", "CloudFront-Is-Tablet-Viewer", "CloudFront-Viewer-Address",
				"CloudFront-Viewer-ASN", "CloudFront-Viewer-City", "CloudFront-Viewer-Country", "CloudFront-Viewer-Country-Name",
				"CloudFront-Viewer-Country-Region", "CloudFront-Viewer-Country-Region-Name", "CloudFront-Viewer-Http-Version",
				"CloudFront-Viewer-Latitude", "CloudFront-Viewer-Longitude", "CloudFront-Viewer-Metro-Code", "CloudFront-Viewer-Postal-Code",
				"CloudFront-Viewer-Time-Zone", "CloudFront-Viewer-TLS",
			}}, Cookies: all, QueryStrings: all,
		},
		"59781a5b-3903-41f3-afcb-af62929ccde1": {Name: "CORS-CustomOrigin", Headers: headers("Origin"), Cookies: none, QueryStrings: none},
		"88a5eaf4-2fd4-4709-b370-b4c650ea3fcf": {
			Name: "CORS-S3Origin", Headers: headers("Origin", "Access-Control-Request-Headers", "Access-Control-Request-Method"), Cookies: none, QueryStrings: none,
		},
		"775133bc-15f2-49f9-abea-afb2e0bf67d2": {
			Name:    "Elemental-MediaTailor-PersonalizedManifests",
			Headers: headers("Origin", "Access-Control-Request-Headers", "Access-Control-Request-Method", "User-Agent", "X-Forwarded-For"),
			Cookies: none, QueryStrings: all,
		},
		"bf0718e1-ba1e-49d1-88b1-f726733018ae": {Name: "HostHeaderOnly", Headers: headers("Host"), Cookies: none, QueryStrings: none},
		"acba4595-bd28-49b8-b9fe-13317c0390fa": {Name: "UserAgentRefererHeaders", Headers: headers("User-Agent", "Referer"), Cookies: none, QueryStrings: none},
	}
}

func managedResponseHeadersPolicies() map[string]*ResponseHeadersPolicy {
	security := []PolicyHeader{
		{Name: "Referrer-Policy", Value: "strict-origin-when-cross-origin"},
		{Name: "Strict-Transport-Security", Value: "max-age=31536000"},
		{Name: "X-Content-Type-Options", Value: "nosniff", Override: true},
		{Name: "X-Frame-Options", Value: "SAMEORIGIN"},
		{Name: "X-XSS-Protection", Value: "1; mode=block"},
	}
	simple := &CORS{AllowOrigins: []string{"*"}}
	preflight := &CORS{AllowOrigins: []string{"*"}, AllowMethods: []string{"ALL"}, ExposeHeaders: []string{"*"}}
	return map[string]*ResponseHeadersPolicy{
		"60669652-455b-4ae9-85a4-c4c02393f86c": {Name: "SimpleCORS", CORS: simple},
		"5cc3b908-e619-4b99-88e5-2cf7f45965bd": {Name: "CORS-With-Preflight", CORS: preflight},
		"67f7725c-6f97-4210-82d7-5512b31e9d03": {Name: "SecurityHeadersPolicy", Headers: security},
		"e61eb60c-9c35-4d20-a928-2b84e02af89c": {Name: "CORS-and-SecurityHeadersPolicy", Headers: security, CORS: simple},
		"eaab4381-ed33-4a86-88ca-d9558dc6cd63": {Name: "CORS-with-preflight-and-SecurityHeadersPolicy", Headers: security, CORS: preflight},
	}
}
