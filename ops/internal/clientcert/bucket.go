package clientcert

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"annex/ops/internal/account"
)

// prepareBucket makes the bucket of the trust store, and sees that it is
// private, encrypted, versioned and asked over TLS alone. A run that was
// stopped may have left any of that out.
func (r *run) prepareBucket(ctx context.Context) error {
	bucket, owner := aws.String(r.names.Bucket), aws.String(r.names.Account)
	_, err := r.clients.Bucket.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: bucket, ExpectedBucketOwner: owner})
	if account.ErrorCode(err) == "NotFound" {
		input := &s3.CreateBucketInput{Bucket: bucket}
		if r.names.Region != "us-east-1" { // which is no constraint, but the default
			input.CreateBucketConfiguration = &types.CreateBucketConfiguration{
				LocationConstraint: types.BucketLocationConstraint(r.names.Region),
			}
		}
		_, err = r.clients.Bucket.CreateBucket(ctx, input)
	}
	if err != nil {
		return r.bucketError("making it", err)
	}

	access, err := r.clients.Bucket.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: bucket, ExpectedBucketOwner: owner})
	if account.ErrorCode(err) == "NoSuchPublicAccessBlockConfiguration" || err == nil && !private(access.PublicAccessBlockConfiguration) {
		_, err = r.clients.Bucket.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
			Bucket: bucket, ExpectedBucketOwner: owner,
			PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
				BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true),
				IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
			},
		})
	}
	if err != nil {
		return r.bucketError("blocking public access to it", err)
	}

	_, err = r.clients.Bucket.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: bucket, ExpectedBucketOwner: owner})
	if account.ErrorCode(err) == "ServerSideEncryptionConfigurationNotFoundError" {
		_, err = r.clients.Bucket.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
			Bucket: bucket, ExpectedBucketOwner: owner,
			ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{{
				ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAes256},
			}}},
		})
	}
	if err != nil {
		return r.bucketError("having it encrypt", err)
	}

	versioning, err := r.clients.Bucket.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: bucket, ExpectedBucketOwner: owner})
	if err == nil && versioning.Status != types.BucketVersioningStatusEnabled {
		_, err = r.clients.Bucket.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
			Bucket: bucket, ExpectedBucketOwner: owner,
			VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
		})
	}
	if err != nil {
		return r.bucketError("having it keep versions", err)
	}

	var policy []byte
	got, err := r.clients.Bucket.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: bucket, ExpectedBucketOwner: owner})
	if err == nil {
		policy = []byte(aws.ToString(got.Policy))
	}
	if err == nil || account.ErrorCode(err) == "NoSuchBucketPolicy" {
		var changed bool
		policy, changed, err = withTLSOnly(policy, r.names.Bucket)
		if err == nil && changed {
			_, err = r.clients.Bucket.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{
				Bucket: bucket, ExpectedBucketOwner: owner, Policy: aws.String(string(policy)),
			})
		}
	}
	if err != nil {
		return r.bucketError("having it refuse plain HTTP", err)
	}
	return nil
}

func private(access *types.PublicAccessBlockConfiguration) bool {
	return access != nil && aws.ToBool(access.BlockPublicAcls) && aws.ToBool(access.BlockPublicPolicy) &&
		aws.ToBool(access.IgnorePublicAcls) && aws.ToBool(access.RestrictPublicBuckets)
}

// withTLSOnly adds to a bucket's policy, which may be empty, that everything is
// refused over plain HTTP. What else it says stays.
func withTLSOnly(policy []byte, bucket string) (_ []byte, changed bool, err error) {
	const id = "TLSOnly"
	document := struct {
		Version   string
		ID        string `json:"Id,omitempty"`
		Statement []json.RawMessage
	}{Version: "2012-10-17"}
	if len(policy) > 0 {
		if err := json.Unmarshal(policy, &document); err != nil {
			return nil, false, fmt.Errorf("reading its policy: %w", err)
		}
	}
	for _, statement := range document.Statement {
		var named struct{ Sid string }
		if err := json.Unmarshal(statement, &named); err == nil && named.Sid == id {
			return policy, false, nil
		}
	}
	statement, err := json.Marshal(map[string]any{
		"Sid": id, "Effect": "Deny", "Principal": "*", "Action": "s3:*",
		"Resource":  []string{"arn:aws:s3:::" + bucket, "arn:aws:s3:::" + bucket + "/*"},
		"Condition": map[string]any{"Bool": map[string]string{"aws:SecureTransport": "false"}},
	})
	if err != nil {
		return nil, false, err
	}
	document.Statement = append(document.Statement, statement)
	policy, err = json.Marshal(document)
	return policy, true, err
}

// keepTrustStore uploads the trust store if that in the bucket is another, and
// gives its version.
func (r *run) keepTrustStore(ctx context.Context, store []byte) (version string, made bool, err error) {
	there, version, err := r.object(ctx, r.names.Bucket, r.names.Key, "")
	// An object of before the bucket kept versions has none that can be named.
	if err == nil && bytes.Equal(there, store) && version != "" && version != "null" {
		return version, false, nil
	}
	if err != nil && account.ErrorCode(err) != "NoSuchKey" {
		return "", false, r.bucketError("reading "+r.names.Key, err)
	}
	put, err := r.clients.Bucket.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(r.names.Bucket), Key: aws.String(r.names.Key), ExpectedBucketOwner: aws.String(r.names.Account),
		Body: bytes.NewReader(store), ContentType: aws.String("application/x-pem-file"),
	})
	if err != nil {
		return "", false, r.bucketError("uploading "+r.names.Key, err)
	}
	return aws.ToString(put.VersionId), true, nil
}

// object reads a version of an object, or without one the newest.
func (r *run) object(ctx context.Context, bucket, key, version string) (content []byte, got string, err error) {
	input := &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String(key)}
	if version != "" {
		input.VersionId = aws.String(version)
	}
	object, err := r.clients.Bucket.GetObject(ctx, input)
	if err != nil {
		return nil, "", err
	}
	content, err = io.ReadAll(io.LimitReader(object.Body, 1<<20)) // API Gateway takes no more
	return content, aws.ToString(object.VersionId), errors.Join(err, object.Body.Close())
}

func (r *run) bucketError(doing string, err error) error {
	return fmt.Errorf("the trust store's bucket %s: %s: %w", r.names.Bucket, doing, err)
}
