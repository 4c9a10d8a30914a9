package rules

const alarmType = "AWS::CloudWatch::Alarm"

var alarms = []Rule{
	{
		ID:     "AX055",
		Title:  "an alarm is about a metric of CloudFront's that is not there, so it never has a value",
		Fix:    "give the metric the dimension Region=Global, which the Metric methods of the CDK's Distribution leave out, and define the alarm in us-east-1",
		Source: "CloudFront, Types of metrics for CloudFront: Values for all CloudFront metrics",
		check:  each(missingCloudFrontMetric, alarmType),
	},
	{
		ID:     "AX056",
		Title:  "an alarm is about a metric of Route 53's outside of us-east-1, where alone there is one, so it never has a value",
		Fix:    "define the health check's alarm in a stack of us-east-1, as `site` is",
		Source: "Route 53, Monitoring health checks using CloudWatch",
		check:  each(missingRoute53Metric, alarmType),
	},
	{
		ID:     "AX099",
		Title:  "an alarm tells a topic of another region",
		Fix:    "give it a topic of its own region: CloudWatch looks for it there",
		Source: "CloudWatch, Using Amazon CloudWatch alarms",
		check:  each(alarmTopic, alarmType, "AWS::CloudWatch::CompositeAlarm"),
	},
}

// metrics looks at the one metric of an alarm, and at each that an expression is
// made of, if it is of a namespace.
func (r *Resource) metrics(namespace string, look func(metric any, path string)) {
	if r.text("Namespace") == namespace {
		look(r.Properties, "")
	}
	for _, query := range list(r.property("Metrics")) {
		if metric := at(query, "MetricStat", "Metric"); r.Stack.Text(at(metric, "Namespace")) == namespace {
			look(metric, "Metrics.MetricStat.Metric.")
		}
	}
}

func missingRoute53Metric(r *Resource) (findings []Finding) {
	r.metrics("AWS/Route53", func(metric any, path string) {
		if r.Stack.Region != "us-east-1" {
			findings = append(findings, r.finding(path+"Namespace", "%s, in %s", r.Stack.Text(at(metric, "MetricName")), r.Stack.Region))
		}
	})
	return findings
}

func missingCloudFrontMetric(r *Resource) (findings []Finding) {
	r.metrics("AWS/CloudFront", func(metric any, path string) {
		name := r.Stack.Text(at(metric, "MetricName"))
		if !r.hasDimension(metric, "Region", "Global") {
			findings = append(findings, r.finding(path+"Dimensions", "%s has no dimension Region=Global", name))
		}
		if r.Stack.Region != "us-east-1" {
			findings = append(findings, r.finding(path+"Namespace", "%s is in us-east-1, the alarm in %s", name, r.Stack.Region))
		}
	})
	return findings
}

func (r *Resource) hasDimension(metric any, name, value string) bool {
	for _, dimension := range list(at(metric, "Dimensions")) {
		if r.Stack.Text(at(dimension, "Name")) == name && r.Stack.Text(at(dimension, "Value")) == value {
			return true
		}
	}
	return false
}

func alarmTopic(r *Resource) (findings []Finding) {
	for _, property := range []string{"AlarmActions", "OKActions", "InsufficientDataActions"} {
		for _, action := range list(r.property(property)) {
			topic := r.Stack.target(action)
			if topic != nil && topic.Type == "AWS::SNS::Topic" && topic.Stack.Region != r.Stack.Region {
				findings = append(findings, r.finding(property, "%s is in %s, the alarm in %s", topic.Path, topic.Stack.Region, r.Stack.Region))
			}
		}
	}
	return findings
}
