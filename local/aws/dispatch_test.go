package aws

import (
	"io"
	"net/http"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
)

func TestKeysThatNobodyHas(t *testing.T) {
	config, _ := read(t, shop)
	logs := &journal{}
	e := start(t, config, t.TempDir(), logs)
	stranger := clientConfig(e, "arn:aws:iam::1:role/other")
	_, err := s3sdk.NewFromConfig(stranger).ListBuckets(t.Context(), &s3sdk.ListBucketsInput{})
	refused(t, "an unknown key", err, "InvalidAccessKeyId")
	contains(t, "the log", logs.String(), "your own tools use root")
	nobody := clientConfig(e, "")
	nobody.Credentials = sdk.AnonymousCredentials{}
	_, err = s3sdk.NewFromConfig(nobody).GetObject(t.Context(), &s3sdk.GetObjectInput{Bucket: sdk.String(indexName), Key: sdk.String(productsKey)})
	refused(t, "no key", err, "AccessDenied", "Access Denied")
}

func TestPresignedAddressesWork(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	putObject(t, s3Client(e, searchRole), indexName, productsKey, "presigned")
	address, err := s3sdk.NewPresignClient(s3Client(e, searchRole)).PresignGetObject(t.Context(), &s3sdk.GetObjectInput{Bucket: sdk.String(indexName), Key: sdk.String(productsKey)})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	if data, _ := io.ReadAll(response.Body); string(data) != "presigned" {
		t.Errorf("%d: %s", response.StatusCode, data)
	}
}

func TestOtherServicesAreNamed(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	for _, c := range []struct {
		service, target, contentType, body, want string
	}{
		{"sts", "", "application/x-www-form-urlencoded; charset=utf-8", "Action=GetCallerIdentity&Version=2011-06-15", "<Message>sts: GetCallerIdentity is not available locally"},
		{"sqs", "AmazonSQS.SendMessage", "application/x-amz-json-1.0", "{}", `"message":"sqs: SendMessage is not available locally`},
		{"lambda", "", "application/json", "{}", `"message":"lambda: POST / is not available locally`},
	} {
		status, body := ask(t, e, func(r *http.Request) {
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=root/20260101/eu-west-1/"+c.service+"/aws4_request, SignedHeaders=host, Signature=x")
			r.Header.Set("X-Amz-Target", c.target)
			if c.target == "" {
				r.Header.Del("X-Amz-Target")
			}
			r.Header.Set("Content-Type", c.contentType)
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(c.body)), int64(len(c.body))
		})
		if status != http.StatusNotImplemented {
			t.Errorf("%s: status %d, want 501", c.service, status)
		}
		contains(t, c.service, body, c.want)
	}
}

// ask makes a request as no SDK would.
func ask(t testing.TB, e *Endpoint, edit func(*http.Request)) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.URL(), strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=root/20260101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x")
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810.ListTables")
	edit(r)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(data)
}

func TestRequestsThatMakeNoSenseAreRefused(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	for _, c := range []struct {
		name   string
		edit   func(*http.Request)
		status int
		want   string
	}{
		{"as it should be", func(*http.Request) {}, 200, carts},
		{"not signed", func(r *http.Request) { r.Header.Del("Authorization") }, 400, "MissingAuthenticationTokenException"},
		{"an unknown key", func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "root/", "AKIAIOSFODNN7EXAMPLE/", 1))
		}, 400, "UnrecognizedClientException"},
		{"a body that is no JSON", func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(strings.NewReader("[")), 1 }, 400, "SerializationException"},
		{"an operation that nobody knows", func(r *http.Request) { r.Header.Set("X-Amz-Target", "DynamoDB_20120810.Fly") }, 501, "dynamodb: Fly is not available locally"},
		{"streams", func(r *http.Request) { r.Header.Set("X-Amz-Target", "DynamoDBStreams_20120810.ListStreams") }, 501, "dynamodb streams: ListStreams"},
		{"a name that is not loopback's", func(r *http.Request) { r.Host = "evil.example.com:80" }, 403, "loopback only"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body := ask(t, e, c.edit)
			if status != c.status {
				t.Errorf("status %d, want %d", status, c.status)
			}
			contains(t, "body", body, c.want)
		})
	}
}
