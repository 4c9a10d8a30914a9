package aws

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// uploads is the shop with an index that tells EventBridge of its objects.
var uploads = strings.Replace(shop, `"BucketName": "shop-index"`, `"BucketName": "shop-index", "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": true}}`, 1)

// objectEventOf is an event of S3, as its documentation has it.
type objectEventOf struct {
	Version, ID, Source, Account, Region string
	Time                                 time.Time
	DetailType                           string `json:"detail-type"`
	Resources                            []string
	Detail                               struct {
		Version      string
		EventVersion string `json:"event-version"`
		Bucket       struct{ Name string }
		Object       struct {
			Key, ETag, Sequencer string
			VersionID            string `json:"version-id"`
			Size                 *int64
		}
		RequestID    string `json:"request-id"`
		SourceIP     string `json:"source-ip-address"`
		DeletionType string `json:"deletion-type"`
		Requester    string
		Reason       string
	}
}

// objectEvents are the events that an endpoint tells of.
type objectEvents struct {
	mu     sync.Mutex
	events []objectEventOf
	fail   error
}

func (t *objectEvents) take(_ context.Context, _ *Endpoint, event json.RawMessage) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var e objectEventOf
	if err := json.Unmarshal(event, &e); err != nil {
		return err
	}
	t.events = append(t.events, e)
	return t.fail
}

func TestABucketTellsEventBridgeOfItsObjects(t *testing.T) {
	events := &objectEvents{}
	config, _, err := Read(assemble(t, uploads+strings.ReplaceAll(deployment(`"a"`, `,"DestinationBucketKeyPrefix": "catalogue"`), `"Site"`, `"Index"`), assets{"a": {"deployed.json": "{}"}}))
	if err != nil {
		t.Fatal(err)
	}
	o := options(t, t.TempDir(), nil)
	o.Events = events.take
	e, err := Start(t.Context(), config, o)
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, e)
	bySearch, root := s3Client(e, searchRole), s3Client(e, "")
	index := sdk.String(indexName)
	if _, err := bySearch.PutObject(t.Context(), &s3sdk.PutObjectInput{Bucket: index, Key: sdk.String("index/a b.json"), Body: strings.NewReader("hello")}); err != nil {
		t.Fatal(err)
	}
	if _, err := root.CopyObject(t.Context(), &s3sdk.CopyObjectInput{Bucket: index, Key: sdk.String("copy"), CopySource: sdk.String(indexName + "/index/a b.json")}); err != nil {
		t.Fatal(err)
	}
	upload, err := root.CreateMultipartUpload(t.Context(), &s3sdk.CreateMultipartUploadInput{Bucket: index, Key: sdk.String("parts")})
	if err != nil {
		t.Fatal(err)
	}
	part, err := root.UploadPart(t.Context(), &s3sdk.UploadPartInput{Bucket: index, Key: sdk.String("parts"), UploadId: upload.UploadId, PartNumber: sdk.Int32(1), Body: strings.NewReader("a part")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := root.CompleteMultipartUpload(t.Context(), &s3sdk.CompleteMultipartUploadInput{
		Bucket: index, Key: sdk.String("parts"), UploadId: upload.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{{ETag: part.ETag, PartNumber: sdk.Int32(1)}}},
	}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second deletes nothing
		if _, err := root.DeleteObject(t.Context(), &s3sdk.DeleteObjectInput{Bucket: index, Key: sdk.String("copy")}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := root.DeleteObjects(t.Context(), &s3sdk.DeleteObjectsInput{Bucket: index, Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: sdk.String("parts")}, {Key: sdk.String("none")}}}}); err != nil {
		t.Fatal(err)
	}
	// A bucket that is not to tell of its objects.
	if _, err := root.PutObject(t.Context(), &s3sdk.PutObjectInput{Bucket: sdk.String(siteName), Key: sdk.String("x"), Body: strings.NewReader("x")}); err != nil {
		t.Fatal(err)
	}
	want := []struct {
		kind, key, reason, requester string
		size                         int64
	}{
		{"Object Created", "catalogue/deployed.json", "PutObject", account, 2},
		{"Object Created", "index/a b.json", "PutObject", account, 5},
		{"Object Created", "copy", "CopyObject", account, 5},
		{"Object Created", "parts", "CompleteMultipartUpload", account, 6},
		{"Object Deleted", "copy", "DeleteObject", account, -1},
		{"Object Deleted", "parts", "DeleteObject", account, -1},
	}
	if len(events.events) != len(want) {
		t.Fatalf("%d events, want %d: %+v", len(events.events), len(want), events.events)
	}
	last := ""
	for i, w := range want {
		got := events.events[i]
		d := got.Detail
		if got.DetailType != w.kind || d.Object.Key != w.key || d.Reason != w.reason || d.Requester != w.requester {
			t.Errorf("event %d is %+v, want %+v", i, got, w)
		}
		if got.Source != "aws.s3" || got.Account != account || got.Region != region || got.Resources[0] != "arn:aws:s3:::"+indexName || d.Bucket.Name != indexName ||
			time.Since(got.Time) > time.Minute || got.ID == "" || d.RequestID == "" || d.SourceIP == "" || d.Version != "0" || d.EventVersion != "1.1" || got.Version != "0" || d.Object.VersionID != "" {
			t.Errorf("event %d is %+v", i, got)
		}
		created := w.size >= 0
		if created != (d.Object.Size != nil) || created && (*d.Object.Size != w.size || len(d.Object.ETag) != 32) || created == (d.DeletionType == "Permanently Deleted") {
			t.Errorf("event %d has the object %+v and is %q", i, d.Object, d.DeletionType)
		}
		if d.Object.Sequencer <= last {
			t.Errorf("event %d has the sequencer %s after %s", i, d.Object.Sequencer, last)
		}
		last = d.Object.Sequencer
	}
}

// Who uploads what nobody could be told of tries again, and so is told of it.
func TestAnUploadThatEventBridgeDoesNotTakeFails(t *testing.T) {
	events := &objectEvents{fail: errors.New("no space left on device")}
	config, _ := read(t, uploads)
	o := options(t, t.TempDir(), nil)
	o.Events = events.take
	e, err := Start(t.Context(), config, o)
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, e)
	client := s3sdk.NewFromConfig(clientConfig(e, ""), func(o *s3sdk.Options) { o.RetryMaxAttempts = 2 })
	_, err = client.PutObject(t.Context(), &s3sdk.PutObjectInput{Bucket: sdk.String(indexName), Key: sdk.String("a"), Body: strings.NewReader("a")})
	if err == nil || len(events.events) != 2 {
		t.Errorf("%v after %d events, want a failure and another try", err, len(events.events))
	}
}

func TestDeletingUnderACondition(t *testing.T) {
	config, _ := read(t, shop)
	e := start(t, config, t.TempDir(), nil)
	client := s3Client(e, "")
	put, err := client.PutObject(t.Context(), &s3sdk.PutObjectInput{Bucket: sdk.String(indexName), Key: sdk.String("a"), Body: strings.NewReader("a")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.DeleteObject(t.Context(), &s3sdk.DeleteObjectInput{Bucket: sdk.String(indexName), Key: sdk.String("a"), IfMatch: sdk.String(`"other"`)}); err == nil || !strings.Contains(err.Error(), "PreconditionFailed") {
		t.Errorf("with another ETag: %v", err)
	}
	if _, err := client.DeleteObject(t.Context(), &s3sdk.DeleteObjectInput{Bucket: sdk.String(indexName), Key: sdk.String("a"), IfMatch: put.ETag}); err != nil {
		t.Errorf("with its ETag: %v", err)
	}
	if _, err := client.HeadObject(t.Context(), &s3sdk.HeadObjectInput{Bucket: sdk.String(indexName), Key: sdk.String("a")}); err == nil {
		t.Error("it is still there")
	}
}
