package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// OnChangeProps describe which changes of a table a function is called for.
type OnChangeProps struct {
	// Table is what changes: one with a stream, which may be another stack's.
	// Required.
	Table awsdynamodb.ITableV2

	// Function is called, through its live alias. Required.
	Function *Function

	// Filters are event patterns, any of which a change has to match:
	// {"eventName": ["MODIFY"]}.
	// Default: every change.
	Filters []map[string]any

	// BatchSize is how many changes one call is for at most, up to 10,000.
	// Default: 100.
	BatchSize int

	// BatchWindow is how long Lambda gathers changes for a call, in whole seconds
	// up to 5 minutes.
	// Default: it calls at once.
	BatchWindow time.Duration

	// Retries is how often changes that the function fails for are tried again.
	// Until then all later ones of the same shard wait.
	// Default: 10.
	Retries int

	// MaxAge is how old a change may become before it is given up.
	// Default: 12 hours, half of what the stream keeps.
	MaxAge time.Duration

	// Parallelization is how many calls there are at once for a shard, from 1 to
	// 10. Changes of one item stay in order.
	// Default: 1.
	Parallelization int

	// AlarmTopic is told when changes are given up, and when the function falls
	// behind. It has to be of the function's region.
	// Default: nobody is told.
	AlarmTopic awssns.ITopic
}

// OnChange has a function called for the changes of a table, by its stream. It
// is called at least once for each, and in order for each item.
func OnChange(scope constructs.Construct, id string, props *OnChangeProps) *Reaction {
	if props.Table == nil || props.Function == nil {
		panic(&Error{"reaction", id, errors.New("want a table and a function")})
	}
	stream := props.Table.TableStreamArn()
	if stream == nil {
		panic(&Error{"reaction", id, errors.New("the table has no stream: want DynamoStream in its props")})
	}
	group := constructs.NewConstruct(scope, jsii.String(id))
	f := props.Function
	deadLetters := newDeadLetters(group, id, "Changes", props.AlarmTopic)
	f.Function.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"),
		Resources: &[]*string{stream},
	}))
	f.Function.AddToRolePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings("sqs:SendMessage"),
		Resources: &[]*string{deadLetters.QueueArn()},
	}))
	mapping := &awslambda.CfnEventSourceMappingProps{
		EventSourceArn:                 stream,
		StartingPosition:               jsii.String("TRIM_HORIZON"),
		BatchSize:                      number(props.BatchSize),
		MaximumBatchingWindowInSeconds: number(int(props.BatchWindow / time.Second)),
		BisectBatchOnFunctionError:     jsii.Bool(true),
		MaximumRetryAttempts:           jsii.Number(cmp.Or(props.Retries, 10)),
		MaximumRecordAgeInSeconds:      jsii.Number(cmp.Or(props.MaxAge, 12*time.Hour).Seconds()),
		ParallelizationFactor:          number(props.Parallelization),
		DestinationConfig: &awslambda.CfnEventSourceMapping_DestinationConfigProperty{
			OnFailure: &awslambda.CfnEventSourceMapping_OnFailureProperty{Destination: deadLetters.QueueArn()},
		},
	}
	if len(props.Filters) > 0 {
		var filters []any
		for _, filter := range props.Filters {
			pattern, err := json.Marshal(filter)
			if err != nil {
				panic(&Error{"reaction", id, err})
			}
			filters = append(filters, &awslambda.CfnEventSourceMapping_FilterProperty{Pattern: jsii.String(string(pattern))})
		}
		mapping.FilterCriteria = &awslambda.CfnEventSourceMapping_FilterCriteriaProperty{Filters: filters}
	}
	f.mapping(group, mapping)
	return &Reaction{DeadLetters: deadLetters}
}
