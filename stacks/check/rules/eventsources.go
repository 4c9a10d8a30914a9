package rules

import (
	"cmp"
	"slices"
	"strings"
)

const (
	sourceMappingType = "AWS::Lambda::EventSourceMapping"
	queueType         = "AWS::SQS::Queue"
)

var eventSources = []Rule{
	{
		ID:     "AX100",
		Title:  "messages of a queue become visible again before Lambda is done with them",
		Fix:    "give the queue a VisibilityTimeout of six times the function's timeout, and the mapping's batch window: below one timeout, AWS refuses the mapping",
		Source: "Lambda, Creating and configuring an Amazon SQS event source mapping",
		check:  each(visibility, sourceMappingType),
	},
	{
		ID:     "AX101",
		Title:  "a mapping gathers more than 10 messages of a queue, and no time to do it in",
		Fix:    "give it a MaximumBatchingWindowInSeconds of 1 or more",
		Source: "Lambda, API reference: CreateEventSourceMapping (BatchSize)",
		check:  each(batchWithoutWindow, sourceMappingType),
	},
	{
		ID:     "AX103",
		Title:  "more than two read a table's stream, which throttles all of them",
		Fix:    "have one function do both, or one that publishes to an SNS topic or an EventBridge bus for the others",
		Source: "DynamoDB, DynamoDB Streams and AWS Lambda triggers: no more than two processes for a shard",
		check:  readers,
	},
	{
		ID:     "AX104",
		Title:  "what a mapping gives up of a stream is lost",
		Fix:    "give it an on-failure destination (web.OnChange has one)",
		Source: "Lambda, Retain discarded records for a DynamoDB event source in Lambda",
		check:  each(withoutDestination, sourceMappingType),
	},
	{
		ID:     "AX105",
		Title:  "one bad record of a stream holds up all that come after it, for up to a day",
		Fix:    "give the mapping MaximumRetryAttempts, and BisectBatchOnFunctionError",
		Source: "Lambda, Retain discarded records for a DynamoDB event source in Lambda",
		check:  each(retriedForEver, sourceMappingType),
	},
	{
		ID:     "AX109",
		Title:  "a mapping makes more calls at once than its function may have: those beyond are refused, and of a queue count as tries",
		Fix:    "give the mapping a MaximumConcurrency, or a ParallelizationFactor, of no more than the function reserves",
		Source: "Lambda, Configuring scaling behavior for SQS event source mappings",
		check:  overcalled,
	},
	{
		ID:     "AX110",
		Title:  "where a function fails for one record, its mapping repeats the whole batch",
		Fix:    "give it ReportBatchItemFailures in FunctionResponseTypes, and have the handler say which failed (lambdas/internal/batch)",
		Source: "Lambda, Configuring partial batch response with DynamoDB and Lambda",
		check:  each(wholeBatches, sourceMappingType),
	},
	{
		ID:     "AX113",
		Title:  "a function waits for events that its source does not send",
		Fix:    "have the table stream (DynamoStream), or the bucket send its events to EventBridge (NotificationConfiguration; with AddEventNotification, which replaces that, EventBridgeEnabled of its BucketProps)",
		Source: "CloudFormation, AWS::DynamoDB::GlobalTable: StreamSpecification; Amazon S3, Enabling Amazon EventBridge; aws-cdk-lib, notifications-resource-handler: handle_managed",
		check:  silentSources,
	},
}

// function gives the function that a value names by its ARN or name, or by an
// alias or a version.
func (s *Stack) function(value any) *Resource {
	called := s.target(value)
	if called != nil && (called.Type == aliasType || called.Type == versionType) {
		called = called.target("FunctionName")
	}
	if called == nil || called.Type != functionType {
		return nil
	}
	return called
}

// readsQueue gives the queue that a mapping reads, or nil.
func (r *Resource) readsQueue() *Resource {
	if source := r.target("EventSourceArn"); source != nil && source.Type == queueType {
		return source
	}
	return nil
}

// readsTable gives the table whose stream a mapping reads, or nil.
func (r *Resource) readsTable() *Resource {
	if source := r.target("EventSourceArn"); source != nil && isTable(source) {
		return source
	}
	return nil
}

func isTable(r *Resource) bool { return r.Type == globalTableType || r.Type == tableType }

// readsStream tells whether a mapping reads a stream, of these templates or not.
func (r *Resource) readsStream() bool {
	arn := r.text("EventSourceArn")
	return r.readsTable() != nil || strings.Contains(arn, "/stream/") || strings.Contains(arn, ":kinesis:")
}

func visibility(mapping *Resource) []Finding {
	queue, function := mapping.readsQueue(), mapping.Stack.function(mapping.property("FunctionName"))
	if queue == nil || function == nil {
		return nil
	}
	seconds := numberOr(queue, 30, "VisibilityTimeout")
	timeout, window := numberOr(function, 3, "Timeout"), numberOr(mapping, 0, "MaximumBatchingWindowInSeconds")
	if seconds >= 6*timeout+window {
		return nil
	}
	return []Finding{queue.finding("VisibilityTimeout", "%v s, for a function of %v s and a window of %v s", seconds, timeout, window)}
}

// numberOr gives a number, or what AWS takes in its place.
func numberOr(r *Resource, missing float64, path ...string) float64 {
	if n, ok := r.number(path...); ok {
		return n
	}
	return missing
}

func batchWithoutWindow(mapping *Resource) []Finding {
	size, _ := mapping.number("BatchSize")
	if mapping.readsQueue() == nil || size <= 10 || numberOr(mapping, 0, "MaximumBatchingWindowInSeconds") >= 1 {
		return nil
	}
	return []Finding{mapping.finding("BatchSize", "batches of %v", size)}
}

// readers looks at the mappings of all stacks: those that read one stream are not
// of one, as a rule. Which is too many is for who reads of it to say, so that all
// are named.
func readers(set *Set) (findings []Finding) {
	others := map[string][]string{} // that read a stream
	for _, mapping := range set.all(sourceMappingType) {
		if stream := mapping.text("EventSourceArn"); mapping.readsTable() != nil || strings.Contains(stream, "/stream/") {
			if before := others[stream]; len(before) >= 2 {
				findings = append(findings, mapping.finding("EventSourceArn", "it reads %s, and so do %s", source(mapping), strings.Join(before, " and ")))
			}
			others[stream] = append(others[stream], mapping.Path)
		}
	}
	return findings
}

// source names what a mapping reads.
func source(mapping *Resource) string {
	if source := mapping.target("EventSourceArn"); source != nil {
		return source.Path
	}
	return mapping.text("EventSourceArn")
}

func withoutDestination(mapping *Resource) []Finding {
	if !mapping.readsStream() || mapping.property("DestinationConfig", "OnFailure", "Destination") != nil {
		return nil
	}
	return []Finding{mapping.finding("DestinationConfig", "it reads %s", source(mapping))}
}

func retriedForEver(mapping *Resource) []Finding {
	if !mapping.readsStream() || numberOr(mapping, -1, "MaximumRetryAttempts") >= 0 {
		return nil
	}
	return []Finding{mapping.finding("MaximumRetryAttempts", "it reads %s", source(mapping))}
}

// overcalled compares what the mappings of a function ask of it with what it
// reserves, if it does. What a queue's mapping has no MaximumConcurrency for is a
// thousand.
func overcalled(set *Set) (findings []Finding) {
	asked := map[*Resource]float64{}
	for _, mapping := range set.all(sourceMappingType) {
		function := mapping.Stack.function(mapping.property("FunctionName"))
		if function == nil {
			continue
		}
		reserved, ok := function.number("ReservedConcurrentExecutions")
		if !ok {
			continue
		}
		calls := cmp.Or(numberOr(mapping, 0, "ParallelizationFactor"), 1)
		if mapping.readsQueue() != nil {
			calls = numberOr(mapping, 1000, "ScalingConfig", "MaximumConcurrency")
		}
		if asked[function] += calls; asked[function] > reserved {
			findings = append(findings, mapping.finding("ScalingConfig.MaximumConcurrency", "up to %v, and %s reserves %v", asked[function], function.Path, reserved))
		}
	}
	return findings
}

func wholeBatches(mapping *Resource) []Finding {
	if slices.Contains(texts(mapping.property("FunctionResponseTypes")), "ReportBatchItemFailures") {
		return nil
	}
	if mapping.readsQueue() == nil && !mapping.readsStream() || numberOr(mapping, 10, "BatchSize") == 1 {
		return nil
	}
	return []Finding{mapping.finding("FunctionResponseTypes", "it reads %s", source(mapping))}
}

// notifications gives the custom resource of the CDK's that replaces what the
// bucket says of its notifications, once both are made, or nil.
func (r *Resource) notifications() *Resource {
	for _, custom := range r.Stack.all("Custom::S3BucketNotifications") {
		if custom.target("BucketName") == r && custom.text("Managed") != "false" {
			return custom
		}
	}
	return nil
}

func silentSources(set *Set) (findings []Finding) {
	for _, mapping := range set.all(sourceMappingType) {
		if table := mapping.readsTable(); table != nil && table.property("StreamSpecification") == nil {
			findings = append(findings, mapping.finding("EventSourceArn", "%s has no stream", table.Path))
		}
	}
	for _, rule := range set.all(eventRuleType) {
		for _, bucket := range rule.uploads().buckets {
			if bucket.text("NotificationConfiguration", "EventBridgeConfiguration", "EventBridgeEnabled") != "true" {
				findings = append(findings, rule.finding("EventPattern", "%s sends none", bucket.Path))
			}
			if other := bucket.notifications(); other != nil && other.property("NotificationConfiguration", "EventBridgeConfiguration") == nil {
				findings = append(findings, rule.finding("EventPattern", "%s has %s send none", other.Path, bucket.Path))
			}
		}
	}
	return findings
}
