package rules

var alarmExamples = []example{
	{
		name: "metrics of CloudFront's",
		stacks: []*Stack{in("us-east-1", "site", resources(
			`A CloudWatch::Alarm {"Namespace": "AWS/CloudFront", "MetricName": "5xxErrorRate",
				"Dimensions": [{"Name": "DistributionId", "Value": {"Ref": "D"}}, {"Name": "Region", "Value": "Global"}]}`,
			`B CloudWatch::Alarm {"Metrics": [{"Id": "sum", "Expression": "a + 1"}, {"Id": "a", "MetricStat": {"Metric": {"Namespace": "AWS/CloudFront",
				"MetricName": "502ErrorRate", "Dimensions": [{"Name": "Region", "Value": "Global"}]}}}]}`,
			`C CloudWatch::Alarm {"Namespace": "AWS/Lambda", "MetricName": "Errors"}`))},
	},
	{
		name: "metrics that CloudFront does not have",
		stacks: []*Stack{in("us-east-1", "site", resources(
			`A CloudWatch::Alarm {"Namespace": "AWS/CloudFront", "MetricName": "5xxErrorRate",
				"Dimensions": [{"Name": "DistributionId", "Value": {"Ref": "D"}}]}`,
			`B CloudWatch::Alarm {"Namespace": "AWS/CloudFront", "MetricName": "Requests",
				"Dimensions": [{"Name": "Region", "Value": "us-east-1"}]}`,
			`C CloudWatch::Alarm {"Metrics": [{"Id": "sum", "Expression": "a + b"},
				{"Id": "a", "MetricStat": {"Metric": {"Namespace": "AWS/CloudFront", "MetricName": "502ErrorRate", "Dimensions": [{"Name": "Region", "Value": "Global"}]}}},
				{"Id": "b", "MetricStat": {"Metric": {"Namespace": "AWS/CloudFront", "MetricName": "504ErrorRate"}}}]}`))},
		want: []string{
			"AX055 site/A: 5xxErrorRate has no dimension Region=Global",
			"AX055 site/B: Requests has no dimension Region=Global",
			"AX055 site/C: 504ErrorRate has no dimension Region=Global",
		},
	},
	{
		name: "an alarm of another region than CloudFront's metrics",
		stacks: []*Stack{in("eu-west-1", "site", resources(
			`A CloudWatch::Alarm {"Namespace": "AWS/CloudFront", "MetricName": "5xxErrorRate", "Dimensions": [{"Name": "Region", "Value": "Global"}]}`))},
		want: []string{"AX055 site/A: 5xxErrorRate is in us-east-1, the alarm in eu-west-1"},
	},
	{
		name: "a health check's alarm, where Route 53 counts and where not",
		stacks: []*Stack{
			in("us-east-1", "site", resources(`A CloudWatch::Alarm {"Namespace": "AWS/Route53", "MetricName": "HealthCheckStatus"}`)),
			in("eu-west-1", "cart", resources(
				`A CloudWatch::Alarm {"Namespace": "AWS/Route53", "MetricName": "HealthCheckStatus"}`,
				`B CloudWatch::Alarm {"Metrics": [{"Id": "a", "MetricStat": {"Metric": {"Namespace": "AWS/Route53", "MetricName": "HealthCheckPercentageHealthy"}}}]}`)),
		},
		want: []string{
			"AX056 cart/A: HealthCheckStatus, in eu-west-1",
			"AX056 cart/B: HealthCheckPercentageHealthy, in eu-west-1",
		},
	},
	{
		name:   "an alarm of another region than its topic",
		stacks: []*Stack{domainWithTopic(), in("us-east-1", "site", resources(topicOf)).after("domain")},
		want:   []string{"AX099 site/Alarm: domain/Topic is in eu-west-1, the alarm in us-east-1"},
	},
}
