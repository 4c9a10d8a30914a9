package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// TestAnUploadedCatalogueIsSearched goes the way of whoever keeps the catalogue:
// another one is searched without a deployment, and one that is broken is kept
// where its alarm looks, while the one before serves.
func TestAnUploadedCatalogueIsSearched(t *testing.T) {
	t.Parallel()
	assembly := filepath.Join(t.TempDir(), "cdk.out")
	if err := os.CopyFS(assembly, os.DirFS(cloud)); err != nil {
		t.Fatal(err)
	}
	// It is given up after seconds and not after a quarter of an hour.
	template := filepath.Join(assembly, "annex-dev-search.template.json")
	replace(t, template, `"VisibilityTimeout": 240`, `"VisibilityTimeout": 1`)
	replace(t, template, `"maxReceiveCount": 5`, `"maxReceiveCount": 2`)
	r := startIn(t, root, assembly, t.TempDir()).wait(t)
	bucket := bucketOf(t, r)
	finds := func(id string) bool {
		return strings.Contains(want(t, 200, get(t, r.site(t, "/api/search/?q=kettle"))).body, `"id":"`+id+`"`)
	}
	if finds("kettle") {
		t.Fatal("the shop sells kettles already")
	}

	bucket.upload("summer.json", `{"products":[{"id":"kettle","name":"Kettle"}]}`)
	// Search looks for another index every 30 seconds.
	for limit := time.Now().Add(2 * patience); !finds("kettle"); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("the catalogue that was uploaded is not searched")
		}
	}

	bucket.upload("autumn.json", "{\"products\":[\n  {\"id\":\"pan\",\"name\":\"Pan\"},\n  {\"id\":\"lid\"}\n]}")
	r.prints(t, "/catalogue/autumn.json, version", `is broken, and the index stays as it is: line 3, column 3: product 2 (id \"lid\"): it has no name: want one`)
	if letter := deadLetter(t, r); !strings.Contains(letter, `"key":"catalogue/autumn.json"`) {
		t.Errorf("the dead letter is %s", letter)
	}
	if !finds("kettle") {
		t.Error("the catalogue before the broken one is not searched any more")
	}
	// The index that was written has not called indexer again.
	if built := strings.Count(r.printed(), "index built"); built != 2 {
		t.Errorf("%d indexes were built of 2 catalogues", built)
	}
}

// endpointOf is where the runner's AWS is.
func endpointOf(r *runner) *string {
	return &regexp.MustCompile(`AWS_ENDPOINT_URL=(\S+)`).FindStringSubmatch(r.printed())[1]
}

// uploads is the search's bucket.
type uploads struct {
	t      *testing.T
	client *s3.Client
	name   string
}

func bucketOf(t *testing.T, r *runner) uploads {
	t.Helper()
	client := s3.New(s3.Options{
		Region: "eu-west-1", BaseEndpoint: endpointOf(r), UsePathStyle: true, Credentials: credentials.NewStaticCredentialsProvider("root", "root", ""),
	})
	all, err := client.ListBuckets(t.Context(), &s3.ListBucketsInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, bucket := range all.Buckets {
		if strings.HasPrefix(*bucket.Name, "annex-dev-search-") {
			return uploads{t, client, *bucket.Name}
		}
	}
	t.Fatal("the search has no bucket")
	return uploads{}
}

func (u uploads) upload(name, catalogue string) {
	u.t.Helper()
	if _, err := u.client.PutObject(u.t.Context(), &s3.PutObjectInput{Bucket: &u.name, Key: new("catalogue/" + name), Body: strings.NewReader(catalogue)}); err != nil {
		u.t.Fatal(err)
	}
}

// deadLetter is the upload that was given up.
func deadLetter(t *testing.T, r *runner) string {
	t.Helper()
	client := sqs.New(sqs.Options{Region: "eu-west-1", BaseEndpoint: endpointOf(r), Credentials: credentials.NewStaticCredentialsProvider("root", "root", "")})
	queues, err := client.ListQueues(t.Context(), &sqs.ListQueuesInput{QueueNamePrefix: new("annex-dev-search-UploadedDeadLetters")})
	if err != nil || len(queues.QueueUrls) != 1 {
		t.Fatalf("the queues of dead letters are %+v, %v", queues, err)
	}
	for limit := time.Now().Add(patience); time.Now().Before(limit); {
		received, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &queues.QueueUrls[0], WaitTimeSeconds: 5})
		if err != nil {
			t.Fatal(err)
		}
		if len(received.Messages) > 0 {
			return *received.Messages[0].Body
		}
	}
	t.Fatal("there is no dead letter")
	return ""
}
