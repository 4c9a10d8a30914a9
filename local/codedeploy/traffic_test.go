package codedeploy

import (
	"testing"
	"time"
)

func TestTrafficShiftsAsItsConfigurationSays(t *testing.T) {
	for name, c := range map[string]struct {
		config string
		want   map[time.Duration]int // the weight, by time
	}{
		"all at once": {"CodeDeployDefault.LambdaAllAtOnce", map[time.Duration]int{0: 100}},
		"canary": {"CodeDeployDefault.LambdaCanary10Percent5Minutes", map[time.Duration]int{
			0: 10, 5*time.Minute - 1: 10, 5 * time.Minute: 100, time.Hour: 100,
		}},
		"linear": {"CodeDeployDefault.LambdaLinear10PercentEvery1Minute", map[time.Duration]int{
			0: 10, time.Minute - 1: 10, time.Minute: 20, 8 * time.Minute: 90, 9 * time.Minute: 100, time.Hour: 100,
		}},
		"linear, of several minutes": {"CodeDeployDefault.LambdaLinear10PercentEvery10Minutes", map[time.Duration]int{9 * time.Minute: 10, 10 * time.Minute: 20}},
	} {
		t.Run(name, func(t *testing.T) {
			traffic, known := predefinedTraffic(c.config)
			if !known {
				t.Fatal("it is not known")
			}
			for elapsed, want := range c.want {
				if got := traffic.Weight(elapsed); got != want {
					t.Errorf("after %s %d %% of the requests go to the new version, want %d %%", elapsed, got, want)
				}
			}
		})
	}
	if got := (Traffic{30, time.Minute, true}).Weight(3 * time.Minute); got != 100 {
		t.Errorf("steps that do not add up to 100 end with %d", got)
	}
	for _, name := range []string{"", "CodeDeployDefault.OneAtATime", "CodeDeployDefault.LambdaCanary0Percent5Minutes", "CodeDeployDefault.LambdaCanary10Percent5MinutesX"} {
		if traffic, known := predefinedTraffic(name); known {
			t.Errorf("%q is taken for %s", name, traffic)
		}
	}
}
