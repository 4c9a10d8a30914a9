package apigateway

import (
	"fmt"
	"maps"
	"slices"
)

// RouteSettings are those of AWS::ApiGatewayV2::Stage, which limit a route.
// Logging and metrics have no effect here.
type RouteSettings struct {
	ThrottlingBurstLimit *int
	ThrottlingRateLimit  *float64

	DataTraceEnabled, DetailedMetricsEnabled, LoggingLevel any
}

// ReadThrottles resolves the throttles of a stage: its default settings, and
// those of single routes by their keys. A setting that a route leaves out is
// taken from the default settings, field by field: the guide only says that the
// route's override the stage's. The key of a route that the API, which is named
// in the error, does not have fails the deployment.
func ReadThrottles(each RouteSettings, routes map[string]RouteSettings, api string, hasRoute func(key string) bool) (Throttles, error) {
	throttles := Throttles{Throttle: each.throttle(nil)}
	for _, key := range slices.Sorted(maps.Keys(routes)) {
		if !hasRoute(key) {
			return Throttles{}, fmt.Errorf("RouteSettings: API %q has no route %q: use the exact key of one of its routes", api, key)
		}
		if t := routes[key].throttle(throttles.Throttle); t != nil {
			if throttles.RouteThrottles == nil {
				throttles.RouteThrottles = map[string]Throttle{}
			}
			throttles.RouteThrottles[key] = *t
		}
	}
	return throttles, nil
}

// The account's throttle, which fills what settings leave out (§1.7).
const (
	accountRate  = 10_000
	accountBurst = 5_000
)

// throttle is nil when nothing is limited.
func (s RouteSettings) throttle(base *Throttle) *Throttle {
	if s.ThrottlingRateLimit == nil && s.ThrottlingBurstLimit == nil {
		return base
	}
	t := Throttle{Rate: accountRate, Burst: accountBurst}
	if base != nil {
		t = *base
	}
	if s.ThrottlingRateLimit != nil {
		t.Rate = *s.ThrottlingRateLimit
	}
	if s.ThrottlingBurstLimit != nil {
		t.Burst = *s.ThrottlingBurstLimit
	}
	return &t
}
