package web

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

func seconds(d time.Duration) awscdk.Duration {
	return awscdk.Duration_Seconds(jsii.Number(d.Seconds()))
}

func minutes(d time.Duration) awscdk.Duration {
	return awscdk.Duration_Minutes(jsii.Number(d.Minutes()))
}

func stringMap(m map[string]string) *map[string]*string {
	out := make(map[string]*string, len(m))
	for key, value := range m {
		out[key] = jsii.String(value)
	}
	return &out
}

// number leaves out a number that was not given.
func number(n int) *float64 {
	if n == 0 {
		return nil
	}
	return jsii.Number(n)
}
