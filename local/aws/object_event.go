package aws

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"strings"
	"time"

	"annex/local/aws/objects"
	"annex/local/uuid"
)

// cause says for objects.Change what a request of a caller did, and of which
// account it was.
func (s *s3) cause(c caller, reason string) string {
	if c.role == nil {
		return reason
	}
	return reason + " " + c.role.Account
}

// objectChanged gives EventBridge the event of a change, if the bucket is to.
func (e *Endpoint) objectChanged(c objects.Change) error {
	bucket, _ := e.config().bucket(c.Bucket)
	if e.events == nil || !bucket.Events {
		return nil
	}
	return e.events(context.Background(), e, objectEvent(bucket, c, time.Now()))
}

// etagOfNothing is the MD5 of an object without content.
const etagOfNothing = "d41d8cd98f00b204e9800998ecf8427e"

// objectEvent is an event of S3 ("EventBridge event message structure" in the
// Amazon S3 User Guide), but for the tags that AWS itself puts on a bucket.
func objectEvent(bucket Bucket, c objects.Change, at time.Time) json.RawMessage {
	reason, requester, _ := strings.Cut(c.Cause, " ")
	object := map[string]any{"key": c.Key, "sequencer": c.Sequencer}
	detail := map[string]any{
		"version": "0", "event-version": "1.1", "bucket": map[string]string{"name": bucket.Name}, "object": object,
		"request-id": rand.Text()[:16], "requester": cmp.Or(requester, bucket.Account),
		"source-ip-address": "127.0.0.1", "reason": reason,
	}
	kind := "Object Created"
	if c.Deleted {
		kind = "Object Deleted"
		detail["deletion-type"] = "Permanently Deleted"
	} else {
		object["size"], object["etag"] = c.Size, c.ETag
	}
	if bucket.Versioned {
		object["version-id"] = c.Version
		if c.Deleted { // which leaves a marker: an object without content
			object["etag"] = etagOfNothing
			detail["deletion-type"] = "Delete Marker Created"
		}
	}
	return encoded(map[string]any{
		"version": "0", "id": uuid.New(), "detail-type": kind, "source": "aws.s3",
		"account": bucket.Account, "region": bucket.Region, "time": at.UTC().Format(time.RFC3339),
		"resources": []string{bucket.ARN}, "detail": detail,
	})
}
