package aws

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"annex/local/assembly"
	"annex/local/aws/iam"
	"annex/local/aws/queues"
)

// Queue is a standard SQS queue of the templates.
type Queue struct {
	Name     string
	ARN      string
	URL      string // as the templates have it
	Account  string
	Region   string
	Resource string      // names it in messages
	Policy   *iam.Policy // its queue policy, or nil

	Settings      queues.Settings
	Wait          time.Duration // for which a receiver waits that does not say
	MaxMessage    int           // bytes
	RedriveAllow  string        // as it is written; empty for none
	RedrivePolicy string
}

// maxMessage is the size of the largest message, in bytes ("Amazon SQS message
// quotas").
const maxMessage = 1 << 20

// queueProperties are those of AWS::SQS::Queue. Those of type any that are not in
// a notice (encryption, labels) have no effect on what requests get.
type queueProperties struct {
	DelaySeconds                  int
	MaximumMessageSize            *int
	MessageRetentionPeriod        *int
	ReceiveMessageWaitTimeSeconds int
	VisibilityTimeout             *int
	RedrivePolicy                 *redrivePolicy
	RedriveAllowPolicy            json.RawMessage
	FifoQueue                     bool
	KmsMasterKeyId                any //nolint:revive // CloudFormation's name

	QueueName                    any // is what Att gives
	ContentBasedDeduplication    any // of FIFO queues
	DeduplicationScope           any
	FifoThroughputLimit          any
	KmsDataKeyReusePeriodSeconds any
	SqsManagedSseEnabled         any
	Tags                         any
}

type redrivePolicy struct {
	DeadLetterTargetArn string `json:"deadLetterTargetArn"`
	MaxReceiveCount     int    `json:"maxReceiveCount"`
}

func readQueues(a *assembly.Assembly) ([]Queue, []assembly.Notice, error) {
	policies, notices, err := readQueuePolicies(a)
	if err != nil {
		return nil, nil, err
	}
	var all []Queue
	for _, r := range a.Resources("AWS::SQS::Queue") {
		var p queueProperties
		if err := notices.Decode(r, &p); err != nil {
			return nil, nil, err
		}
		if p.FifoQueue {
			notices = append(notices, notice(true, r, "FifoQueue", "local mode has standard queues alone: it answers 501 to who uses this one, and nothing is sent to it")...)
			continue
		}
		notices = append(notices, notice(p.KmsMasterKeyId != nil, r, "KmsMasterKeyId", unaskedKey)...)
		q, err := readQueue(r, p)
		if err != nil {
			return nil, nil, err
		}
		q.Policy = policies[q.URL]
		all = append(all, q)
	}
	for _, q := range all {
		if to := q.Settings.DeadLetters; to != "" && !slices.ContainsFunc(all, func(other Queue) bool { return other.ARN == to }) {
			return nil, nil, fmt.Errorf("%s: RedrivePolicy: %s is no standard queue of the templates", q.Resource, to)
		}
	}
	return all, notices, nil
}

func readQueue(r *assembly.Resource, p queueProperties) (Queue, error) {
	q := Queue{
		URL: r.Ref(), Account: r.Stack.Account, Region: r.Stack.Region, Resource: r.String(),
		Wait: time.Duration(p.ReceiveMessageWaitTimeSeconds) * time.Second, MaxMessage: maxMessage,
		Settings: queues.Settings{Visibility: 30 * time.Second, Delay: time.Duration(p.DelaySeconds) * time.Second, Retention: 4 * 24 * time.Hour},
	}
	var err error
	if q.ARN, err = r.Att("Arn"); err != nil {
		return q, err
	}
	q.Name = q.ARN[strings.LastIndexByte(q.ARN, ':')+1:]
	if p.VisibilityTimeout != nil {
		q.Settings.Visibility = time.Duration(*p.VisibilityTimeout) * time.Second
	}
	if p.MessageRetentionPeriod != nil {
		q.Settings.Retention = time.Duration(*p.MessageRetentionPeriod) * time.Second
	}
	if p.MaximumMessageSize != nil {
		q.MaxMessage = *p.MaximumMessageSize
	}
	if to := p.RedrivePolicy; to != nil {
		if to.DeadLetterTargetArn == "" || to.MaxReceiveCount < 1 {
			return q, fmt.Errorf("%s: RedrivePolicy: want a deadLetterTargetArn and a maxReceiveCount of at least 1", r)
		}
		q.Settings.DeadLetters, q.Settings.MaxReceives = to.DeadLetterTargetArn, to.MaxReceiveCount
		q.RedrivePolicy = string(encoded(to))
	}
	q.RedriveAllow = string(p.RedriveAllowPolicy)
	return q, nil
}

// readQueuePolicies reads the policies by the URLs of their queues.
func readQueuePolicies(a *assembly.Assembly) (map[string]*iam.Policy, assembly.Notices, error) {
	policies := map[string]*iam.Policy{}
	var notices assembly.Notices
	for _, r := range a.Resources("AWS::SQS::QueuePolicy", "AWS::SQS::QueueInlinePolicy") {
		var p struct {
			Queues         []string
			Queue          string // of a QueueInlinePolicy
			PolicyDocument json.RawMessage
		}
		if err := notices.Decode(r, &p); err != nil {
			return nil, nil, err
		}
		policy, err := iam.Parse(p.PolicyDocument)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", r, err)
		}
		if p.Queue != "" {
			p.Queues = append(p.Queues, p.Queue)
		}
		for _, url := range p.Queues {
			policies[url] = policy
		}
		notices = append(notices, unjudged(r, "PolicyDocument", policy)...)
	}
	return policies, notices, nil
}

// queue is the queue with an ARN.
func (c Config) queue(arn string) (Queue, bool) {
	for _, q := range c.Queues {
		if q.ARN == arn {
			return q, true
		}
	}
	return Queue{}, false
}

// queueSettings are those of every queue, by ARN.
func (c Config) queueSettings() map[string]queues.Settings {
	settings := map[string]queues.Settings{}
	for _, q := range c.Queues {
		settings[q.ARN] = q.Settings
	}
	return settings
}
