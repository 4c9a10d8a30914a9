package web

import (
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// HealthCheckProps describe a health check of Route 53.
type HealthCheckProps struct {
	// Host is asked by HTTPS. Required.
	Host string

	// Path is what is asked for: "/cart/health". Any answer below 400 is a
	// healthy one. Required.
	Path string

	// AlarmTopic is told when it is unhealthy, and when it is healthy again. It
	// has to be in us-east-1. Required.
	AlarmTopic awssns.ITopic
}

// NewHealthCheck defines a health check, and the alarm of it, in a stack of
// us-east-1, where alone Route 53 counts.
//
// It looks from outside, through DNS, TLS, API Gateway and the function, where
// every other alarm here needs a request that fails. Some fifteen checkers
// around the world ask every 30 seconds each, which is one request in two
// seconds and so keeps an environment warm, one and no more. It is unhealthy
// when four of five checkers had no good answer three times in a row. List
// prices a month: 1 USD for HTTPS, the first 50 checks of an account free
// otherwise, and about 2 USD for the 1.3 million requests to an HTTP API and a
// function. The alarm costs 0.10 USD.
//
// A checker shows no client certificate, and takes any of the server's: it does
// not notice one that has expired.
func NewHealthCheck(scope constructs.Construct, id string, props *HealthCheckProps) awsroute53.HealthCheck {
	if props.Host == "" || !strings.HasPrefix(props.Path, "/") || props.AlarmTopic == nil {
		panic(&Error{"health check", id, errors.New("want a host, a path that begins with a slash, and a topic")})
	}
	healthCheck := awsroute53.NewHealthCheck(scope, jsii.String(id), &awsroute53.HealthCheckProps{
		Type:             awsroute53.HealthCheckType_HTTPS,
		Fqdn:             jsii.String(props.Host),
		ResourcePath:     jsii.String(props.Path),
		EnableSNI:        jsii.Bool(true), // API Gateway tells its domain names apart by it
		RequestInterval:  seconds(30 * time.Second),
		FailureThreshold: jsii.Number(3),
	})
	NewAlarm(healthCheck, "Unhealthy", &AlarmProps{
		Topic: props.AlarmTopic,
		Metric: awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace:     jsii.String("AWS/Route53"),
			MetricName:    jsii.String("HealthCheckStatus"),
			DimensionsMap: &map[string]*string{"HealthCheckId": healthCheck.HealthCheckId()},
			Period:        seconds(time.Minute),
			Statistic:     jsii.String("Minimum"),
		}),
		Below:   1, // 1 is healthy, 0 is not
		Periods: 1, Of: 1,
		Description: "https://" + props.Host + props.Path + " has not answered Route 53's checkers, which ask from outside, for a minute and a half: " +
			"see the other alarms, then DNS, the certificate and the access log of the API.",
	})
	return healthCheck
}
