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
		{"events", "AWSEvents.PutEvents", "application/x-amz-json-1.1", "{}", `"message":"events: PutEvents is not available locally`},
		{"sqs", "AmazonSQS.CreateQueue", "application/x-amz-json-1.0", "{}", `"message":"sqs: CreateQueue is not available locally`},
		{"sqs", "", "application/x-www-form-urlencoded; charset=utf-8", "Action=SendMessage", "<Message>sqs: the query protocol is not available locally"},
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
		{"streams", func(r *http.Request) { r.Header.Set("X-Amz-Target", "DynamoDBStreams_20120810.ListStreams") }, 200, "Streams"},
		{"an operation that streams have not", func(r *http.Request) { r.Header.Set("X-Amz-Target", "DynamoDBStreams_20120810.GetItem") }, 501, "dynamodb streams: GetItem"},
		{"a name that is not loopback's", func(r *http.Request) { r.Host = "evil.example.com:80" }, 403, "loopback only"},
		{"a page from elsewhere", func(r *http.Request) { r.Header.Set("Origin", "https://evil.example.com") }, 403, "web pages may not call it"},
		{"a page without an origin", func(r *http.Request) { r.Header.Set("Origin", "null") }, 403, "web pages may not call it"},
		{"an image of a page", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403, "web pages may not call it"},
		{"a page on another port", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }, 403, "web pages may not call it"},
		{"a page of its own", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }, 403, "web pages may not call it"},
		{"an address that a person typed", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "none") }, 200, carts},
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

// A form can do this without asking first.
func TestAPageCannotDeleteObjectsAsRoot(t *testing.T) {
	e := siteEndpoint(t, shop)
	deletes := func(edit func(*http.Request)) int {
		t.Helper()
		body := "<Delete><Object><Key>index.html</Key></Object></Delete>"
		status, _ := ask(t, e, func(r *http.Request) {
			r.Header = http.Header{"Content-Type": {"text/plain"}}
			r.URL.Path, r.URL.RawQuery = "/"+siteName, "delete&X-Amz-Credential=root/20260101/eu-west-1/s3/aws4_request"
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
			edit(r)
		})
		return status
	}
	if status := deletes(func(r *http.Request) { r.Header.Set("Origin", "https://evil.example.com") }); status != http.StatusForbidden {
		t.Errorf("a page: status %d, want 403", status)
	}
	if _, err := e.s3.store.HeadObject(siteName, "index.html"); err != nil {
		t.Errorf("after a page: %v", err)
	}
	if status := deletes(func(*http.Request) {}); status != http.StatusOK {
		t.Errorf("a program: status %d, want 200", status)
	}
}

func TestDynaliteAnswersLocalModeAlone(t *testing.T) {
	e := start(t, Config{}, t.TempDir(), nil)
	address := e.dynalite.endpoint()
	for _, c := range []struct {
		name   string
		edit   func(*http.Request)
		status int
	}{
		{"as local mode asks", func(*http.Request) {}, 200},
		{"a page", func(r *http.Request) { r.Header.Set("Origin", "https://evil.example.com") }, 403},
		{"a page without an origin", func(r *http.Request) { r.Header.Set("Origin", "null") }, 403},
		{"a page that asks first", func(r *http.Request) {
			r.Method = http.MethodOptions
			r.Header.Set("Origin", "https://evil.example.com")
			r.Header.Set("Access-Control-Request-Method", "POST")
		}, 403},
		{"an image of a page", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		{"a name that resolves to this machine", func(r *http.Request) { r.Host = "evil.example.com" + r.Host[strings.IndexByte(r.Host, ':'):] }, 403},
		{"another name of this machine", func(r *http.Request) { r.Host = strings.Replace(r.Host, "127.0.0.1", "localhost", 1) }, 403},
		{"another port", func(r *http.Request) { r.Host = "127.0.0.1:1" }, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			r.Header = http.Header{
				"Content-Type": {"application/x-amz-json-1.0"}, "X-Amz-Target": {"DynamoDB_20120810.ListTables"}, "X-Amz-Date": {"20260101T000000Z"},
				"Authorization": {"AWS4-HMAC-SHA256 Credential=root/20260101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x"},
			}
			c.edit(r)
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close() //nolint:errcheck // nothing is written
			if allowed := response.Header.Get("Access-Control-Allow-Origin"); response.StatusCode != c.status || allowed != "" {
				t.Errorf("status %d for the origins %q, want %d for none", response.StatusCode, allowed, c.status)
			}
		})
	}
}
