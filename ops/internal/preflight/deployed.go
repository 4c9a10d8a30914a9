package preflight

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"annex/ops/internal/account"
)

// deployed is what of a stack is deployed.
type deployed struct {
	err error // why the rest is not known

	exists    bool
	status    types.StackStatus
	reason    string
	protected bool      // from deletion
	updated   time.Time // when the last deployment of it began
	outputs   map[string]string
	template  template
	resources map[string]physical // by logical ID
}

// physical is a resource as it is deployed.
type physical struct {
	id      string
	updated time.Time
}

// Stacks is what is used of CloudFormation.
type Stacks interface {
	DescribeStacks(context.Context, *cloudformation.DescribeStacksInput, ...func(*cloudformation.Options)) (*cloudformation.DescribeStacksOutput, error)
	GetTemplate(context.Context, *cloudformation.GetTemplateInput, ...func(*cloudformation.Options)) (*cloudformation.GetTemplateOutput, error)
	ListStackResources(context.Context, *cloudformation.ListStackResourcesInput, ...func(*cloudformation.Options)) (*cloudformation.ListStackResourcesOutput, error)
}

// readDeployed reads a stack as it is deployed.
func readDeployed(ctx context.Context, client Stacks, name string) deployed {
	d := deployed{outputs: map[string]string{}, resources: map[string]physical{}}
	described, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String(name)})
	if missingStack(err) {
		return d
	}
	if err != nil {
		d.err = err
		return d
	}
	s := described.Stacks[0]
	d.exists, d.status, d.reason = true, s.StackStatus, aws.ToString(s.StackStatusReason)
	d.protected = aws.ToBool(s.EnableTerminationProtection)
	d.updated = aws.ToTime(s.CreationTime)
	if s.LastUpdatedTime != nil {
		d.updated = *s.LastUpdatedTime
	}
	for _, output := range s.Outputs {
		d.outputs[aws.ToString(output.OutputKey)] = aws.ToString(output.OutputValue)
	}
	if d.status == types.StackStatusReviewInProgress {
		return d // a change set that nobody executed: it has no template yet
	}
	if d.err = d.readTemplate(ctx, client, name); d.err != nil {
		return d
	}
	d.err = d.readResources(ctx, client, name)
	return d
}

// missingStack reports whether there is no such stack, for which CloudFormation
// has no error of its own.
func missingStack(err error) bool {
	return account.ErrorCode(err) == "ValidationError" && strings.Contains(err.Error(), "does not exist")
}

func (d *deployed) readTemplate(ctx context.Context, client Stacks, name string) error {
	got, err := client.GetTemplate(ctx, &cloudformation.GetTemplateInput{StackName: aws.String(name), TemplateStage: types.TemplateStageOriginal})
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(aws.ToString(got.TemplateBody)), &d.template); err != nil {
		return fmt.Errorf("the template of the deployed stack %s: %w", name, err)
	}
	return nil
}

func (d *deployed) readResources(ctx context.Context, client Stacks, name string) error {
	pages := cloudformation.NewListStackResourcesPaginator(client, &cloudformation.ListStackResourcesInput{StackName: aws.String(name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, r := range page.StackResourceSummaries {
			if r.ResourceStatus == types.ResourceStatusDeleteComplete || r.ResourceStatus == types.ResourceStatusDeleteSkipped {
				continue
			}
			d.resources[aws.ToString(r.LogicalResourceId)] = physical{aws.ToString(r.PhysicalResourceId), aws.ToTime(r.LastUpdatedTimestamp)}
		}
	}
	return nil
}
