// Package s3client makes the client of S3 of the handlers that have a bucket. It is apart from awsclient so that those
// without one do not carry S3. Any handler below lambdas/ that calls S3 may import it.
package s3client

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// New makes a client as awsclient configures it.
func New(config aws.Config) *s3.Client {
	return s3.NewFromConfig(config, func(o *s3.Options) {
		// An endpoint other than AWS's own has no host name for every bucket.
		o.UsePathStyle = config.BaseEndpoint != nil
	})
}
