package rules

import (
	"slices"
	"strings"
)

const (
	roleType              = "AWS::IAM::Role"
	scheduleType          = "AWS::Scheduler::Schedule"
	eventInvokeConfigType = "AWS::Lambda::EventInvokeConfig"
)

var roleGrants = []Rule{{
	ID:     "AX111",
	Title:  "a role may not do what is done in it, so that AWS refuses the resource, or it does nothing",
	Fix:    "allow it in the role's policies (web.OnObject, web.OnChange and web.OnSchedule do)",
	Source: "Lambda, Creating and configuring an Amazon SQS event source mapping; Using AWS Lambda with Amazon DynamoDB; Capturing records of Lambda asynchronous invocations; EventBridge Scheduler, Configuring a schedule's dead-letter queue",
	check:  ungranted,
}}

// arn is the ARN of a resource, as Stack.Text has a reference to it.
func (r *Resource) arn() string { return "${" + r.Stack.Name + "/" + r.LogicalID + ".Arn}" }

// A grantSet is what a role may do.
type grantSet struct {
	statements []grant
	// open is set where a policy is attached that is in no template.
	open bool
}

// A grant is a statement of a policy.
type grant struct {
	stack     *Stack
	statement any
}

// grantsOf gives what a role may do.
func grantsOf(role *Resource) (set grantSet) {
	add := func(policy *Resource) {
		for _, statement := range allowed(policy) {
			set.statements = append(set.statements, grant{policy.Stack, statement})
		}
	}
	add(role)
	for _, resourceType := range []string{"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"} {
		for _, policy := range role.Stack.set.all(resourceType) {
			if slices.ContainsFunc(list(policy.property("Roles")), func(named any) bool { return policy.Stack.target(named) == role }) {
				add(policy)
			}
		}
	}
	for _, policy := range list(role.property("ManagedPolicyArns")) {
		if attached := role.Stack.target(policy); attached != nil {
			add(attached)
		} else {
			set.open = true
		}
	}
	return set
}

// allow tells whether a role may do something to a resource.
func (g grantSet) allow(action, resource string) bool {
	return g.open || slices.ContainsFunc(g.statements, func(g grant) bool { return grants(g.stack, g.statement, action, resource) })
}

// grants tells whether a statement allows an action on a resource, if its
// conditions hold.
func grants(stack *Stack, statement any, action, resource string) bool {
	return slices.ContainsFunc(list(at(statement, "Action")), func(allowed any) bool {
		return wildcard(strings.ToLower(stack.Text(allowed)), strings.ToLower(action))
	}) && slices.ContainsFunc(list(at(statement, "Resource")), func(allowed any) bool {
		return wildcard(stack.Text(allowed), resource)
	})
}

// role gives the role in which a function runs, or nil.
func (r *Resource) role() *Resource {
	if role := r.target("Role"); role != nil && role.Type == roleType {
		return role
	}
	return nil
}

// A need is what is done in a role.
type need struct {
	by, role *Resource
	property string
	actions  []string
	resource string
}

func ungranted(set *Set) (findings []Finding) {
	for _, need := range needs(set) {
		may, missing := grantsOf(need.role), []string(nil)
		for _, action := range need.actions {
			if !may.allow(action, need.resource) {
				missing = append(missing, action)
			}
		}
		if missing != nil {
			findings = append(findings, need.by.finding(need.property, "%s has no %s on %s", need.role.Path, strings.Join(missing, ", "), need.resource))
		}
	}
	return findings
}

// needs are what Lambda does in the roles of functions for mappings and
// destinations, and Scheduler in those of schedules.
func needs(set *Set) (all []need) {
	add := func(by, role *Resource, property string, actions ...string) {
		if resource := by.text(strings.Split(property, ".")...); role != nil && resource != "" {
			all = append(all, need{by, role, property, actions, resource})
		}
	}
	for _, mapping := range set.all(sourceMappingType) {
		function := mapping.Stack.function(mapping.property("FunctionName"))
		if function == nil {
			continue
		}
		if mapping.readsQueue() != nil {
			add(mapping, function.role(), "EventSourceArn", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
		}
		if mapping.readsTable() != nil {
			add(mapping, function.role(), "EventSourceArn", "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams")
		}
		if to := mapping.target("DestinationConfig", "OnFailure", "Destination"); to != nil && to.Type == queueType {
			add(mapping, function.role(), "DestinationConfig.OnFailure.Destination", "sqs:SendMessage")
		}
	}
	for _, config := range set.all(eventInvokeConfigType) {
		function := config.Stack.function(config.property("FunctionName"))
		for _, outcome := range []string{"OnFailure", "OnSuccess"} {
			if to := config.target("DestinationConfig", outcome, "Destination"); function != nil && to != nil && to.Type == queueType {
				add(config, function.role(), "DestinationConfig."+outcome+".Destination", "sqs:SendMessage")
			}
		}
	}
	for _, schedule := range set.all(scheduleType) {
		role := schedule.target("Target", "RoleArn")
		if called := schedule.target("Target", "Arn"); called != nil && (called.Type == aliasType || called.Type == functionType) {
			add(schedule, role, "Target.Arn", "lambda:InvokeFunction")
		}
		add(schedule, role, "Target.DeadLetterConfig.Arn", "sqs:SendMessage")
	}
	return all
}
