package web

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// OnChangeProps describe which changes of a table a function is called for.
type OnChangeProps struct {
	// Table is what changes: one with a stream (DynamoStream of its props). It may
	// be another stack's, which is then deployed first. DynamoDB lets two read a
	// stream at once. Required.
	Table awsdynamodb.ITableV2

	// Function is called, by its live alias. Required.
	Function *Function

	// Filters are event patterns, up to five, any of which a change has to match:
	// {"eventName": []string{"MODIFY"}}. What they leave out costs nothing.
	// Default: every change.
	Filters []map[string]any

	// BatchSize is how many changes one call is for at most, up to 10,000 and 6 MB
	// of them.
	// Default: 100.
	BatchSize int

	// BatchWindow is how long Lambda gathers changes for a call, in whole seconds
	// up to 5 minutes.
	// Default: it calls at once.
	BatchWindow time.Duration

	// Retries is how often the function is called again for changes that it fails
	// for, up to 10,000, and until then all later changes of their shard wait: each
	// further try is longer after the last. Splitting a batch, to find which of it
	// is bad, is no retry.
	// Default: 10.
	Retries int

	// MaxAge is how old a change may become before it is given up, in whole seconds
	// from 1 minute to 24 hours, which is what a stream keeps, and longer than
	// BatchWindow.
	// Default: 12 hours, so that there are as many to look at it in the stream.
	MaxAge time.Duration

	// Parallelization is how many calls there are at once for a shard, 1 to 10.
	// The changes of an item stay in order.
	// Default: 1.
	Parallelization int

	// AlarmTopic is told when changes are given up, and when these could not be
	// kept, when the function falls behind, and when it goes on failing. It has to
	// be of the function's region.
	// Default: nobody is told.
	AlarmTopic awssns.ITopic
}

// OnChange has a function called for the changes of a table, by its stream: at
// least once for each, in order for each item, and with several in a call.
// lambdas/internal/batch reads the events, and says from which on they failed;
// lambdas/internal/once has a change count once.
//
// The stream is read from its beginning, so that no change is missed between the
// deployment and the first call: the changes of the day before come first.
//
// The id stays: with another, CloudFormation makes a mapping before it deletes the
// one that is there, and Lambda takes only one of a stream to a function. Preflight
// says so, and the way around it.
//
// Dead letters are not the changes, but where they are: shard and sequence
// numbers, by which they can be read for 24 hours from when they were made.
func OnChange(scope constructs.Construct, id string, props *OnChangeProps) *Reaction {
	if err := props.validate(); err != nil {
		panic(&Error{"on change", id, err})
	}
	filters, err := props.filters()
	if err != nil {
		panic(&Error{"on change", id, err})
	}
	group := constructs.NewConstruct(scope, jsii.String(id))
	f, stream := props.Function, props.Table.TableStreamArn()

	deadLetters := newDeadLetters(group)
	acceptNoQueueBehind(deadLetters)
	// What Lambda does in the function's role. It wants ListStreams too, although
	// it is given the stream ("IAM policy to allow an AWS Lambda function to access
	// DynamoDB stream records").
	f.allow(stream, "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams")
	f.allow(deadLetters.QueueArn(), "sqs:SendMessage")
	if key := props.Table.EncryptionKey(); key != nil {
		key.GrantDecrypt(f.Function.Role())
	}
	f.mapping(group, &awslambda.CfnEventSourceMappingProps{
		EventSourceArn:                 stream,
		StartingPosition:               jsii.String("TRIM_HORIZON"),
		FilterCriteria:                 filters,
		BatchSize:                      number(cmp.Or(props.BatchSize, 100)),
		MaximumBatchingWindowInSeconds: number(int(props.BatchWindow / time.Second)),
		ParallelizationFactor:          number(props.Parallelization),
		BisectBatchOnFunctionError:     jsii.Bool(true),
		MaximumRetryAttempts:           number(props.retries()),
		MaximumRecordAgeInSeconds:      jsii.Number(props.maxAge().Seconds()),
		DestinationConfig: &awslambda.CfnEventSourceMapping_DestinationConfigProperty{
			OnFailure: &awslambda.CfnEventSourceMapping_OnFailureProperty{Destination: deadLetters.QueueArn()},
		},
	})

	stack := *awscdk.Stack_Of(scope).StackName()
	f.watchErrors(id, props.AlarmTopic)
	f.watchDestinations(props.AlarmTopic)
	watchDeadLetters(group, deadLetters, fmt.Sprintf("%s of %s gave up changes after %d retries or %s: where they are in the stream, which keeps them for 24 hours, is",
		id, stack, props.retries(), brief(props.maxAge())), props.AlarmTopic)
	if props.AlarmTopic != nil {
		behind := min(15*time.Minute, props.maxAge()/2) // before anything is given up for its age
		NewAlarm(group, "Behind", &AlarmProps{
			Topic:  props.AlarmTopic,
			Metric: f.Function.Metric(jsii.String("IteratorAge"), &awscloudwatch.MetricOptions{Period: seconds(time.Minute), Statistic: jsii.String("Maximum")}),
			Above:  float64(behind.Milliseconds()),
			Description: fmt.Sprintf("%s of %s is %s behind what it reads: a change that it fails for holds up those after it, or it cannot keep up, or it is throttled. ", id, stack, brief(behind)) +
				"The stream forgets what is older than 24 hours.",
		})
	}
	return &Reaction{DeadLetters: deadLetters, Construct: group}
}

func (p *OnChangeProps) retries() int { return cmp.Or(p.Retries, 10) }

func (p *OnChangeProps) maxAge() time.Duration { return cmp.Or(p.MaxAge, 12*time.Hour) }

// streamRetention is how long a stream keeps a change ("DynamoDB Streams":
// data retention limit).
const streamRetention = 24 * time.Hour

func (p *OnChangeProps) validate() error {
	switch {
	case p.Table == nil:
		return errors.New("no table")
	case p.Function == nil:
		return errNoFunction
	case !streams(p.Table):
		return errors.New("the table has no stream: want DynamoStream in its props, such as awsdynamodb.StreamViewType_NEW_AND_OLD_IMAGES")
	case p.Retries < 0 || p.Retries > 10_000:
		return fmt.Errorf("%d retries: want 1 to 10,000", p.Retries)
	case p.maxAge() < time.Minute || p.maxAge() > streamRetention || p.maxAge()%time.Second != 0:
		return fmt.Errorf("maximum age %s: want whole seconds, from 1 minute to the 24 hours that a stream keeps", p.MaxAge)
	case p.Parallelization < 0 || p.Parallelization > 10:
		return fmt.Errorf("%d calls at once for a shard: want 1 to 10", p.Parallelization)
	}
	theirs, ours := p.Table.Env().Region, awscdk.Stack_Of(p.Function.Function).Region()
	if *theirs != *ours && !*awscdk.Token_IsUnresolved(theirs) && !*awscdk.Token_IsUnresolved(ours) {
		return fmt.Errorf("the table is in %s: want a function there, for Lambda reads streams of its own region alone, not one in %s", *theirs, *ours)
	}
	if err := validateBatch(p.BatchSize, p.BatchWindow); err != nil {
		return err
	}
	if p.BatchWindow >= p.maxAge() {
		return fmt.Errorf("batch window %s and maximum age %s: want a longer age, or changes are given up before the first call for them", p.BatchWindow, p.MaxAge)
	}
	return nil
}

// streams tells whether a table has a stream. One of this app gives the ARN of
// one whether it has or not.
func streams(table awsdynamodb.ITableV2) bool {
	if resource, ok := table.Node().DefaultChild().(awsdynamodb.CfnGlobalTable); ok {
		return awscdk.Stack_Of(table).Resolve(resource.StreamSpecification()) != nil
	}
	return table.TableStreamArn() != nil
}

// maxFilters is AWS's quota, which it raises to 10 for who asks.
const maxFilters = 5

func (p *OnChangeProps) filters() (*awslambda.CfnEventSourceMapping_FilterCriteriaProperty, error) {
	if len(p.Filters) == 0 {
		return nil, nil
	}
	if len(p.Filters) > maxFilters {
		return nil, fmt.Errorf("%d filters: want %d or fewer", len(p.Filters), maxFilters)
	}
	var filters []any
	for _, filter := range p.Filters {
		pattern, err := encoded(filter)
		if err != nil {
			return nil, fmt.Errorf("filter: %w", err)
		}
		if len(filter) == 0 || len(pattern) > 4096 {
			return nil, fmt.Errorf("a filter of %d bytes: want a pattern, of 4,096 at most", len(pattern))
		}
		filters = append(filters, &awslambda.CfnEventSourceMapping_FilterProperty{Pattern: jsii.String(pattern)})
	}
	return &awslambda.CfnEventSourceMapping_FilterCriteriaProperty{Filters: filters}, nil
}
