package rules

import "slices"

const (
	queuePolicyType = "AWS::SQS::QueuePolicy"
	eventRuleType   = "AWS::Events::Rule"
)

var queues = []Rule{
	{
		ID:     "AX106",
		Title:  "what a function fails for of a queue comes again until it is as old as the queue keeps messages, and is lost",
		Fix:    "give the queue a dead-letter queue (RedrivePolicy)",
		Source: "Amazon SQS, Using dead-letter queues in Amazon SQS",
		check:  each(withoutDeadLetters, sourceMappingType),
	},
	{
		ID:     "AX107",
		Title:  "a dead-letter queue keeps messages for no longer than the queue that they come from, and their time counts from there",
		Fix:    "give it a longer MessageRetentionPeriod, up to 14 days",
		Source: "Amazon SQS, Setting-up dead-letter queue retention in Amazon SQS",
		check:  each(briefDeadLetters, queueType),
	},
	{
		ID:      "AX108",
		Title:   "a queue gives up messages that its function may never have seen: calls that Lambda refuses count as tries",
		Fix:     "give its RedrivePolicy a maxReceiveCount of 5 or more",
		Source:  "Lambda, Creating and configuring an Amazon SQS event source mapping",
		Warning: true,
		check:   each(fewTries, sourceMappingType),
	},
	{
		ID:     "AX112",
		Title:  "EventBridge may not send to a queue, and tells nobody",
		Fix:    "allow events.amazonaws.com sqs:SendMessage in the queue's policy, for the rule's ARN (aws:SourceArn), and encrypt the queue with SQS's own key: the policy of KMS's for SQS lets no service in",
		Source: "EventBridge, Using resource-based policies for Amazon EventBridge: Amazon SQS permissions; Configuring encryption for Amazon SQS",
		check:  each(unsendable, eventRuleType),
	},
}

// deadLetters gives the queue of what a queue gives up, or nil.
func (r *Resource) deadLetters() *Resource {
	return r.target("RedrivePolicy", "deadLetterTargetArn")
}

func withoutDeadLetters(mapping *Resource) []Finding {
	queue := mapping.readsQueue()
	if queue == nil || queue.property("RedrivePolicy") != nil {
		return nil
	}
	return []Finding{queue.finding("RedrivePolicy", "%s reads it", mapping.Path)}
}

// retention is how long SQS keeps a message: four days where nobody says.
func retention(queue *Resource) float64 {
	return numberOr(queue, 4*24*60*60, "MessageRetentionPeriod")
}

func briefDeadLetters(queue *Resource) []Finding {
	deadLetters := queue.deadLetters()
	if deadLetters == nil || deadLetters.Type != queueType || retention(deadLetters) > retention(queue) || queue.text("FifoQueue") == "true" {
		return nil
	}
	return []Finding{deadLetters.finding("MessageRetentionPeriod", "%v s, and %s has %v s", retention(deadLetters), queue.Path, retention(queue))}
}

func fewTries(mapping *Resource) []Finding {
	queue := mapping.readsQueue()
	if queue == nil {
		return nil
	}
	tries, ok := queue.number("RedrivePolicy", "maxReceiveCount")
	if !ok || tries >= 5 {
		return nil
	}
	return []Finding{queue.finding("RedrivePolicy.maxReceiveCount", "%v", tries)}
}

// unsendable looks at the queues of a rule: those that it sends to, and those of
// what it could not send.
func unsendable(rule *Resource) (findings []Finding) {
	for _, target := range list(rule.property("Targets")) {
		for _, path := range [][]string{{"Arn"}, {"DeadLetterConfig", "Arn"}} {
			queue := rule.Stack.target(at(target, path...))
			if queue == nil || queue.Type != queueType {
				continue
			}
			if queue.text("KmsMasterKeyId") == "alias/aws/sqs" {
				findings = append(findings, rule.finding("Targets", "%s is encrypted with KMS's key for SQS", queue.Path))
			} else if !queue.takesFrom(rule) {
				findings = append(findings, rule.finding("Targets", "the policy of %s does not let it in", queue.Path))
			}
		}
	}
	return findings
}

// takesFrom tells whether a policy of the queue lets EventBridge send to it for
// a rule.
func (r *Resource) takesFrom(rule *Resource) bool {
	arn := "${" + rule.Stack.Name + "/" + rule.LogicalID + ".Arn}"
	for _, policy := range r.Stack.set.all(queuePolicyType) {
		if !slices.ContainsFunc(list(policy.property("Queues")), func(queue any) bool { return policy.Stack.target(queue) == r }) {
			continue
		}
		for _, statement := range allowed(policy) {
			services := texts(at(statement, "Principal", "Service"))
			anybody := slices.Contains(texts(at(statement, "Principal")), "*") || slices.Contains(texts(at(statement, "Principal", "AWS")), "*")
			if !slices.Contains(services, "events.amazonaws.com") && !anybody || !grants(policy.Stack, statement, "sqs:SendMessage", r.arn()) {
				continue
			}
			if policy.Stack.forSource(statement, arn) {
				return true
			}
		}
	}
	return false
}

// forSource tells whether a statement's conditions, if they are on the source of
// a request, take in an ARN. Others may hold.
func (s *Stack) forSource(statement any, arn string) bool {
	for _, operator := range []string{"ArnEquals", "ArnLike", "StringEquals", "StringLike"} {
		for _, key := range []string{"aws:SourceArn", "AWS:SourceArn"} {
			sources := list(at(statement, "Condition", operator, key))
			if len(sources) > 0 && !slices.ContainsFunc(sources, func(source any) bool { return wildcard(s.Text(source), arn) }) {
				return false
			}
		}
	}
	return true
}
