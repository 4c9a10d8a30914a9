package web

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapplicationautoscaling"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
)

// Provisioned is provisioned concurrency of a function's alias: environments
// that Lambda starts beforehand and keeps. Each costs 2.20 USD a month for 256
// MiB (list price in us-east-1, arm64), called or not; its invocations are 40 %
// cheaper than others, so that it pays for itself where it is busy for six
// minutes of ten. Calls beyond their number start environments as usual.
//
// A fixed number goes with every release. While one shifts traffic, the alias
// has two versions, and Lambda divides the environments between them by their
// weights ("AllocatedProvisionedConcurrentExecutions" in Lambda's API
// reference): provide for some more than a version alone needs. Change the
// number in a deployment that changes no code: beside new code, CodeDeploy moves
// the alias, and the number has been seen to stay as it was
// (aws/serverless-application-model#1298).
//
// A number that scales wants a release all at once, which Lambda begins by
// making as many environments of the new version ready: it refuses to change the
// number while the alias is weighted.
//
// An environment that ends before it asks for work fails the deployment, and
// may leave the alias weighted: Lambda then refuses later deployments too
// ("Invalid alias configuration for Provisioned Concurrency"), until somebody
// takes the weights away:
//
//	aws lambda update-alias --function-name … --name live --routing-config '{}'
type Provisioned struct {
	// Min is how many environments are ready at any time. Required.
	Min int

	// Max is how many there are at most: between Min and Max their number
	// follows Utilization.
	// Default: Min, a number that is fixed but for Schedule.
	Max int

	// Utilization is how many of the environments are busy, in percent, where
	// their number is right: 10 to 90. Application Auto Scaling adds some after
	// three minutes above, and takes some away after fifteen below; calls of a
	// shorter burst start environments as usual.
	// Default: 70, where Max is more than Min.
	Utilization int

	// Schedule changes Min and Max at certain times. At the first deployment
	// they are as above.
	// Default: none.
	Schedule []Scaling

	// TimeZone is that of Schedule, with its daylight-saving time:
	// "Europe/Dublin".
	// Default: UTC.
	TimeZone string
}

// Scaling is what applies from some time on, until the next.
type Scaling struct {
	// At is an AWS schedule expression: "cron(0 8 ? * MON-FRI *)",
	// "at(2027-11-26T08:00:00)". Required.
	At string

	// Min and Max take the place of those of Provisioned. 0 and 0 is none, so
	// that a function is cold outside of hours.
	// Default of Max: that of Provisioned, or Min if that is more.
	Min, Max int
}

func (p *Provisioned) validate() error {
	follows := p.follows()
	switch {
	case p.Min < 1:
		return fmt.Errorf("min %d: want 1 or more", p.Min)
	case p.Max != 0 && p.Max < p.Min:
		return fmt.Errorf("min %d, max %d: want a max above min", p.Min, p.Max)
	case p.Max == p.Min:
		return fmt.Errorf("min %d, max %d: want a max above min, or none for a fixed number", p.Min, p.Max)
	case p.Utilization != 0 && !follows:
		return fmt.Errorf("utilization %d %% without a max: want a max above min, up to which the number follows it", p.Utilization)
	case follows && (p.utilization() < 10 || p.utilization() > 90):
		return fmt.Errorf("utilization %d %%: want 10 to 90", p.Utilization)
	case !isTimeZone(p.TimeZone):
		return fmt.Errorf(`time zone %q: want the name of one, like "Europe/Dublin"`, p.TimeZone)
	case p.TimeZone != "" && len(p.Schedule) == 0:
		return fmt.Errorf("time zone %q without a schedule: want a schedule, or no time zone", p.TimeZone)
	}
	return p.validateSchedule()
}

func (p *Provisioned) validateSchedule() error {
	for _, s := range p.Schedule {
		switch {
		case !isSchedule(s.At):
			return fmt.Errorf("schedule %q: want %s", s.At, schedule)
		case s.Min < 0 || p.maxAt(s) < s.Min:
			return fmt.Errorf("schedule %q: min %d, max %d: want a max that is not below min", s.At, s.Min, p.maxAt(s))
		case s.Min == 0 && p.maxAt(s) > 0:
			return fmt.Errorf("schedule %q: min 0, max %d: want a min of 1 or more: without an environment there is no utilization to follow", s.At, p.maxAt(s))
		}
	}
	if len(p.Schedule) > 0 && !slices.ContainsFunc(p.Schedule, func(s Scaling) bool {
		first := p.Schedule[0]
		return s.Min != first.Min || p.maxAt(s) != p.maxAt(first)
	}) {
		return errors.New("a schedule that sets the same number each time: want a time that sets it back, or that number as min and no schedule")
	}
	return nil
}

// follows tells whether the number follows the utilization, at some time at
// least.
func (p *Provisioned) follows() bool {
	return p.Max > p.Min || slices.ContainsFunc(p.Schedule, func(s Scaling) bool { return s.Max > s.Min })
}

// scales tells whether the number changes without a deployment.
func (p *Provisioned) scales() bool { return p.follows() || len(p.Schedule) > 0 }

func (p *Provisioned) utilization() int { return cmp.Or(p.Utilization, 70) }

// maxAt is the most from the time of a scaling on.
func (p *Provisioned) maxAt(s Scaling) int {
	if s.Max != 0 || s.Min == 0 {
		return s.Max
	}
	return max(s.Min, p.Max)
}

// most is how many there may ever be.
func (p *Provisioned) most() int {
	most := max(p.Min, p.Max)
	for _, s := range p.Schedule {
		most = max(most, p.maxAt(s))
	}
	return most
}

// fixed is the number of environments that an alias says itself, or 0. Where
// the number scales it says none, for each deployment would set it back to that:
// the scalable target raises it to its minimum when it is made.
func (p *Provisioned) fixed() int {
	if p == nil || p.scales() {
		return 0
	}
	return p.Min
}

// scale has Application Auto Scaling change the number of environments of an
// alias. It needs no role: AWS makes its own, once an account.
func (p *Provisioned) scale(alias awslambda.Alias) {
	if p == nil || !p.scales() {
		return
	}
	scaling := alias.AddAutoScaling(&awslambda.AutoScalingOptions{
		MinCapacity: jsii.Number(p.Min),
		MaxCapacity: jsii.Number(max(p.Min, p.Max)),
	})
	if p.follows() {
		scaling.ScaleOnUtilization(&awslambda.UtilizationScalingOptions{UtilizationTarget: jsii.Number(float64(p.utilization()) / 100)})
	}
	for i, s := range p.Schedule {
		scaling.ScaleOnSchedule(jsii.String(fmt.Sprintf("schedule-%d", i+1)), &awsapplicationautoscaling.ScalingSchedule{
			Schedule:    awsapplicationautoscaling.Schedule_Expression(jsii.String(s.At)),
			MinCapacity: jsii.Number(s.Min),
			MaxCapacity: jsii.Number(p.maxAt(s)),
			TimeZone:    awscdk.TimeZone_Of(jsii.String(cmp.Or(p.TimeZone, "Etc/UTC"))),
		})
	}
}
