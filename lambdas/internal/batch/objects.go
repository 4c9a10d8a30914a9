package batch

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

// An Object is what happened to an object of a bucket.
type Object struct {
	Bucket, Key string // the key as it is: unlike in S3's own notifications, EventBridge's have it not URL-encoded
	// Deleted tells that the object was deleted, and not created. It then has no size and, deleted by its lifetime's end,
	// no ETag.
	Deleted bool
	Size    int64  // in bytes
	ETag    string // without quotes
	// VersionID is the object's version, or empty where the bucket keeps no versions. Reading the object by it takes
	// s3:GetObjectVersion, which OnObject does not grant: what counts is most often what is there now.
	VersionID string
	// Sequencer orders what happened to the same key: see Before.
	Sequencer string
	// Time is when it happened.
	Time time.Time
}

// Before tells whether what happened to the object was before what happened to the other, of the same key: events may
// arrive in any order. Sequencers are hexadecimal, of different lengths, and the shorter is to be filled up with zeros on
// the right (Amazon S3 User Guide, "Event message structure").
func (o Object) Before(other Object) bool {
	return strings.TrimRight(o.Sequencer, "0") < strings.TrimRight(other.Sequencer, "0")
}

// Objects is the function that lambda.Start takes for a queue that has S3's events of EventBridge, as web.OnObject makes it.
// Each is handed over by itself, as the messages of Messages are.
func Objects(logger *slog.Logger, handle func(context.Context, Object) error) lambda.Handler {
	return Messages(logger, func(ctx context.Context, body []byte) error {
		object, err := readObject(body)
		if err != nil {
			return err
		}
		return handle(ctx, object)
	})
}

func readObject(body []byte) (Object, error) {
	var event events.EventBridgeEvent
	if err := json.Unmarshal(body, &event); err != nil {
		return Object{}, fmt.Errorf("read an event of EventBridge from a message: %w", err)
	}
	if event.Source != "aws.s3" || event.DetailType != "Object Created" && event.DetailType != "Object Deleted" {
		return Object{}, fmt.Errorf("the event is %q of %q, want one of an S3 object that was created or deleted", event.DetailType, event.Source)
	}
	var detail struct {
		Bucket struct{ Name string }
		Object struct {
			Key       string
			Size      int64
			ETag      string
			VersionID string `json:"version-id"`
			Sequencer string
		}
	}
	if err := json.Unmarshal(event.Detail, &detail); err != nil {
		return Object{}, fmt.Errorf("read the detail of S3's event %s: %w", event.ID, err)
	}
	if detail.Bucket.Name == "" || detail.Object.Key == "" {
		return Object{}, fmt.Errorf("S3's event %s names no bucket or no key", event.ID)
	}
	return Object{
		Bucket:    detail.Bucket.Name,
		Key:       detail.Object.Key,
		Deleted:   event.DetailType == "Object Deleted",
		Size:      detail.Object.Size,
		ETag:      detail.Object.ETag,
		VersionID: detail.Object.VersionID,
		Sequencer: detail.Object.Sequencer,
		Time:      event.Time,
	}, nil
}
