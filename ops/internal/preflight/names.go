package preflight

import (
	"context"
	"errors"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// named is a type whose resources may outlive a stack, with the property that
// fixes their name, and what says whether there is one of that name.
type named struct {
	kind, property string
	there          func(ctx context.Context, region Region, name string) (string, error)
}

var namedTypes = []named{
	{"AWS::Logs::LogGroup", "LogGroupName", findLogGroup},
	{"AWS::S3::Bucket", "BucketName", findBucket},
	{"AWS::DynamoDB::Table", "TableName", findTable},
	{"AWS::DynamoDB::GlobalTable", "TableName", findTable},
}

// checkNames finds log groups, buckets and tables that are there already with a
// name that a template fixes: those that a deleted stack kept, for the most part.
func checkNames(ctx context.Context, w *world) []Finding {
	var findings []Finding
	for _, of := range namedTypes {
		for _, r := range w.resources(of.kind) {
			name := r.text(of.property)
			if name == "" || r.keeps(of.property) {
				continue
			}
			found, err := of.there(ctx, w.services.Regions[r.Stack.Region], name)
			switch {
			case err != nil:
				findings = append(findings, unknown(r.String(), err))
			case found == "":
				findings = append(findings, fine(r.String(), "the name %s is free", name))
			case r.stack.deployed.err != nil:
				findings = append(findings, unknown(r.String(), r.stack.deployed.err))
			default:
				findings = append(findings, stops(r.String(), "delete it if nobody needs what it holds, or take it into the stack (`npx cdk import`)", "%s", found))
			}
		}
	}
	return findings
}

func findLogGroup(ctx context.Context, region Region, name string) (string, error) {
	page, err := region.Logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(name)})
	if err != nil {
		return "", err
	}
	for _, group := range page.LogGroups { // sorted by name: the exact one is the first
		if aws.ToString(group.LogGroupName) == name {
			return "there is a log group " + name + ", which no stack of this stage made", nil
		}
	}
	return "", nil
}

func findBucket(ctx context.Context, region Region, name string) (string, error) {
	_, err := region.Buckets.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String(name)})
	var response *awshttp.ResponseError
	switch {
	case err == nil:
		return "there is a bucket " + name + " in this account, which no stack of this stage made", nil
	case !errors.As(err, &response):
		return "", err
	case response.HTTPStatusCode() == http.StatusNotFound:
		return "", nil
	case response.HTTPStatusCode() == http.StatusMovedPermanently:
		return "there is a bucket " + name + " in another region", nil
	}
	return "", err // 403: another account's, or one of this that may not be listed
}

func findTable(ctx context.Context, region Region, name string) (string, error) {
	_, err := region.Tables.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(name)})
	var missing *dynamodbtypes.ResourceNotFoundException
	switch {
	case errors.As(err, &missing):
		return "", nil
	case err != nil:
		return "", err
	}
	return "there is a table " + name + ", which no stack of this stage made", nil
}
