package aws

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/johannesboyne/gofakes3"

	"annex/local/aws/objects"
)

// maxDeleteRequest is more than the thousand keys that a DeleteObjects may
// have.
const maxDeleteRequest = 4 << 20

// copyObject is CopyObject. gofakes3 keeps the metadata of the source where
// the request says to replace it, and takes a + in its key for a space.
func (s *s3) copyObject(w http.ResponseWriter, r *http.Request, c caller, op s3Operation) {
	replace := strings.EqualFold(r.Header.Get("X-Amz-Metadata-Directive"), "REPLACE")
	if *op.source == (s3Source{op.bucket, op.key}) && !replace {
		s3Failure(w, r, http.StatusBadRequest, "InvalidRequest", "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
		return
	}
	object, err := s.store.GetObject(op.source.bucket, op.source.key, nil)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer object.Contents.Close() //nolint:errcheck // only read
	headers := objects.Kept(r.Header)
	if !replace {
		headers = objects.Kept(header(object.Metadata))
	}
	headers[objects.CauseHeader] = s.cause(c, "CopyObject")
	put, err := s.store.Put(op.bucket, op.key, headers, object.Contents, nil)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if s.versioned(op.bucket) {
		w.Header().Set(versionHeader, put.Version)
	}
	if s.versioned(op.source.bucket) {
		w.Header().Set("X-Amz-Copy-Source-Version-Id", string(object.VersionID))
	}
	s3Answer(w, struct {
		XMLName      xml.Name `xml:"CopyObjectResult"`
		LastModified time.Time
		ETag         string
	}{LastModified: time.Now().UTC(), ETag: put.ETag})
}

func header(fields map[string]string) http.Header {
	h := http.Header{}
	for name, value := range fields {
		h.Set(name, value)
	}
	return h
}

// deleteObject is DeleteObject, of which gofakes3 would not tell the store who
// asks for it.
func (s *s3) deleteObject(w http.ResponseWriter, r *http.Request, c caller, op s3Operation) {
	if wanted := r.Header.Get("If-Match"); wanted != "" {
		switch _, err := s.store.HeadObject(op.bucket, op.key); {
		case err != nil:
			s.fail(w, r, err)
			return
		case !s.ifMatch(r, op):
			s3Failure(w, r, http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
			return
		}
	}
	marker, err := s.store.Delete(op.bucket, op.key, s.cause(c, "DeleteObject"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if marker != "" && s.versioned(op.bucket) {
		w.Header().Set("X-Amz-Delete-Marker", "true")
		w.Header().Set(versionHeader, marker)
	}
	w.WriteHeader(http.StatusNoContent)
}

// deleteObjects is DeleteObjects, in which a caller may be allowed to delete
// some of the keys and not others.
func (s *s3) deleteObjects(w http.ResponseWriter, r *http.Request, c caller, bucket, region string) {
	var in struct {
		Quiet   bool
		Objects []struct{ Key, VersionId string } `xml:"Object"` //nolint:revive // S3's name
	}
	if err := unchunk(r); err != nil {
		s3Failure(w, r, http.StatusBadRequest, "InvalidRequest", err.Error())
		return
	}
	if err := xml.NewDecoder(io.LimitReader(r.Body, maxDeleteRequest)).Decode(&in); err != nil {
		s3Failure(w, r, http.StatusBadRequest, "MalformedXML", gofakes3.ErrMalformedXML.Message())
		return
	}
	type deleted struct {
		Key                   string
		DeleteMarker          bool   `xml:",omitempty"`
		DeleteMarkerVersionId string `xml:",omitempty"` //nolint:revive // S3's name
	}
	type failed struct{ Key, Code, Message string }
	out := struct {
		XMLName xml.Name `xml:"DeleteResult"`
		Deleted []deleted
		Failed  []failed `xml:"Error"`
	}{}
	for _, o := range in.Objects {
		if o.VersionId != "" && o.VersionId != "null" {
			out.Failed = append(out.Failed, failed{o.Key, "NotImplemented", onlyNewest})
			continue
		}
		if denied := s.authorize(c, permission{action: "s3:DeleteObject", resource: bucketARN(bucket) + "/" + o.Key}, region, nil); denied != "" {
			out.Failed = append(out.Failed, failed{o.Key, "AccessDenied", string(denied)})
			continue
		}
		marker, err := s.store.Delete(bucket, o.Key, s.cause(c, "DeleteObject"))
		if gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchBucket) {
			s.fail(w, r, err)
			return
		}
		if err != nil {
			s.endpoint.log.Printf("s3: %v", err)
			out.Failed = append(out.Failed, failed{o.Key, "InternalError", err.Error()})
			continue
		}
		if !in.Quiet {
			if !s.versioned(bucket) {
				marker = ""
			}
			out.Deleted = append(out.Deleted, deleted{o.Key, marker != "", marker})
		}
	}
	s3Answer(w, out)
}

// getBucketLocation is GetBucketLocation, for which gofakes3 has only
// us-east-1, which is written as nothing.
func (s *s3) getBucketLocation(w http.ResponseWriter, r *http.Request, name string) {
	if exists, _ := s.store.BucketExists(name); !exists {
		s.fail(w, r, gofakes3.BucketNotFound(name))
		return
	}
	location := struct {
		XMLName xml.Name `xml:"LocationConstraint"`
		Region  string   `xml:",chardata"`
	}{}
	if bucket, _ := s.endpoint.config().bucket(name); bucket.Region != "us-east-1" {
		location.Region = bucket.Region
	}
	s3Answer(w, location)
}

// fail answers a failure of the store.
func (s *s3) fail(w http.ResponseWriter, r *http.Request, err error) {
	var refused gofakes3.Error
	if !errors.As(err, &refused) {
		s.endpoint.log.Printf("s3: %v", err)
		s3Failure(w, r, http.StatusInternalServerError, "InternalError", err.Error())
		return
	}
	message := refused.ErrorCode().Message()
	if response := (*gofakes3.ErrorResponse)(nil); errors.As(err, &response) {
		message = response.Message
	}
	s3Failure(w, r, refused.ErrorCode().Status(), string(refused.ErrorCode()), message)
}

func s3Answer(w http.ResponseWriter, v any) {
	body, _ := xml.Marshal(v) // of strings and times, which always marshal
	w.Header().Set("Content-Type", "application/xml")
	write(w, http.StatusOK, append([]byte(xml.Header), body...))
}
