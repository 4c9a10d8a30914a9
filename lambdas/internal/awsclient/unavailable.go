package awsclient

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// Unavailable tells whether a call failed because the AWS service was overloaded, down or not reached. It is the
// SDK's own judgement: such errors are those that it has already retried, three attempts by default, so that now it is
// for the client to try again later.
func Unavailable(err error) bool {
	return retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary
}
