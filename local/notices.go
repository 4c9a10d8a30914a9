package main

import "annex/local/assembly"

// nothingHere are the types that have nothing to do on one machine, each with
// the reason. They are not named at start: no request would go differently.
var nothingHere = map[string]string{
	"AWS::ApiGatewayV2::Deployment":           "the stages deploy by themselves, and one that does not is named",
	"AWS::CDK::Metadata":                      "it counts constructs for the CDK's makers",
	"AWS::CertificateManager::Certificate":    "the local authority's certificates take its place",
	"AWS::CloudFront::MonitoringSubscription": "there are no metrics here",
	"AWS::CloudWatch::Alarm":                  "a release watches those of its deployment group; for others there are no metrics here",
	"AWS::Cognito::ManagedLoginBranding":      "the sign-in page here says what it is",
	"AWS::Lambda::LayerVersion":               "the CDK's own, for the function that fills buckets, which the runner does itself",
	"AWS::Logs::Delivery":                     "requests are shown in the terminal",
	"AWS::Logs::DeliveryDestination":          "requests are shown in the terminal",
	"AWS::Logs::DeliverySource":               "requests are shown in the terminal",
	"AWS::Logs::LogGroup":                     "logs are shown in the terminal",
	"AWS::Route53::HealthCheck":               "nobody asks from outside; GET /health answers whoever does",
	"AWS::Route53::RecordSet":                 "*.localhost needs no records",
	"AWS::SNS::Topic":                         "alarms are sent to it, of which there are none; a function that publishes gets 501",
	"AWS::SNS::TopicPolicy":                   "there is nothing to allow",
	"AWS::Scheduler::ScheduleGroup":           "groups only name schedules",
	"AWS::WAFv2::LoggingConfiguration":        "WAF is not run here, which the distribution's notice says",
	"AWS::WAFv2::WebACL":                      "WAF is not run here, which the distribution's notice says",
}

// unserved names the resources that no part of local mode has read.
func unserved(a *assembly.Assembly) []assembly.Notice {
	var notices []assembly.Notice
	for _, r := range a.Unread() {
		if _, nothing := nothingHere[r.Type]; !nothing && !isMail(r) {
			notices = append(notices, assembly.Notice{Resource: r, Reason: "local mode does not know this type"})
		}
	}
	return notices
}

// isMail tells a subscription by which people are told of alarms from one that
// would have something else happen.
func isMail(r *assembly.Resource) bool {
	var subscription struct{ Protocol string }
	if r.Type != "AWS::SNS::Subscription" {
		return false
	}
	_, err := r.Decode(&subscription)
	return err == nil && subscription.Protocol == "email"
}
