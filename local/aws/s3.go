package aws

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/johannesboyne/gofakes3"

	"annex/local/aws/objects"
)

// s3 stands in front of gofakes3: it decides who may do what, serves what
// gofakes3 gets wrong, and refuses what gofakes3 would take for something
// else.
type s3 struct {
	endpoint *Endpoint
	store    *objects.Store
	fake     http.Handler
}

func newS3(e *Endpoint, store *objects.Store) *s3 {
	return &s3{endpoint: e, store: store, fake: gofakes3.New(store,
		gofakes3.WithTimeSkewLimit(0), // client and server have the same clock
		gofakes3.WithLogger(fakeLog{e}),
	).Server()}
}

// fakeLog is the log of gofakes3, which has errors between chatter.
type fakeLog struct{ endpoint *Endpoint }

// Print implements gofakes3.Logger.
func (l fakeLog) Print(level gofakes3.LogLevel, v ...any) {
	if level == gofakes3.LogErr && !slices.ContainsFunc(v, isGone) {
		l.endpoint.log.Print(append([]any{"s3: "}, v...)...)
	}
}

// serve answers one request of a caller.
func (s *s3) serve(w http.ResponseWriter, r *http.Request, c caller, region string) {
	op := parseS3(r)
	if r.Method == http.MethodOptions {
		s3Failure(w, r, http.StatusForbidden, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.")
		return
	}
	if op.unavailable != "" {
		s.unavailable(w, r, op.name, op.unavailable)
		return
	}
	context := s3Context(r)
	for _, need := range op.needs {
		if denied := s.authorize(c, need, region, context); denied != "" {
			accessDenied(w, r, c, denied)
			return
		}
	}
	bucket, known := s.endpoint.config().bucket(op.bucket)
	if op.version != "" {
		if op.version != s.version(bucket, op) {
			s.unavailable(w, r, op.name+" of an object's version", onlyNewest)
			return
		}
		query := r.URL.Query()
		query.Del("versionId") // gofakes3 has but one
		r.URL.RawQuery = query.Encode()
	}
	if known && c.role != nil && region != "" && region != bucket.Region {
		w.Header().Set("X-Amz-Bucket-Region", bucket.Region)
		s3Failure(w, r, http.StatusMovedPermanently, "PermanentRedirect", fmt.Sprintf(
			"The bucket you are attempting to access must be addressed using the specified endpoint: it is in %s, and the request is for %s.", bucket.Region, region))
		return
	}
	if op.name == "GetObject" || op.name == "HeadObject" {
		if denied := s.hidesMissing(c, op, region); denied != "" {
			accessDenied(w, r, c, denied)
			return
		}
	}
	switch op.name {
	case "CopyObject":
		s.copyObject(w, r, c, op)
		return
	case "DeleteObject":
		s.deleteObject(w, r, c, op)
		return
	case "DeleteObjects":
		s.deleteObjects(w, r, c, op.bucket, region)
		return
	case "GetBucketLocation":
		s.getBucketLocation(w, r, op.bucket)
		return
	case "GetBucketVersioning":
		s.getBucketVersioning(w, r, op.bucket)
		return
	case "HeadBucket":
		w.Header().Set("X-Amz-Bucket-Region", bucket.Region)
	}
	if err := unchunk(r); err != nil {
		s3Failure(w, r, http.StatusBadRequest, "InvalidRequest", err.Error())
		return
	}
	if acl := r.Header.Get("X-Amz-Acl"); acl != "" && acl != "private" && acl != "bucket-owner-full-control" {
		s3Failure(w, r, http.StatusBadRequest, "AccessControlListNotSupported", "The bucket does not allow ACLs")
		return
	}
	if op.name == "GetObject" && !s.ifMatch(r, op) {
		s3Failure(w, r, http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
		return
	}
	switch op.name {
	case "PutObject":
		objects.Smuggle(r.Header)
		r.Header.Set(objects.CauseHeader, s.cause(c, "PutObject"))
	case "CreateMultipartUpload":
		objects.Smuggle(r.Header)
		r.Header.Set(objects.CauseHeader, s.cause(c, "CompleteMultipartUpload")) // which is when the object is there
	}
	answer := &s3Writer{ResponseWriter: w, request: r, versioned: bucket.Versioned}
	s.fake.ServeHTTP(answer, r)
	if answer.status == 0 {
		answer.WriteHeader(http.StatusOK) // of an answer without a body gofakes3 says none
	}
}

// unavailable answers a request that is not served here, and why.
func (s *s3) unavailable(w http.ResponseWriter, r *http.Request, name, reason string) {
	message := "s3: " + name + " is not available locally: " + reason
	s.endpoint.log.Print(message)
	s3Failure(w, r, http.StatusNotImplemented, "NotImplemented", message)
}

// authorize judges a permission on a bucket or its objects.
func (s *s3) authorize(c caller, need permission, region string, context map[string]string) denial {
	name, _, _ := strings.Cut(strings.TrimPrefix(need.resource, bucketARN("")), "/")
	bucket, _ := s.endpoint.config().bucket(name)
	return s.endpoint.authorize(c, need, region, bucket.Policy, context)
}

// hidesMissing is the denial of a caller who may read an object that is not
// there but may not list the bucket: S3 does not tell such a caller what is
// there. (S3 API reference: "GetObject", Permissions.)
func (s *s3) hidesMissing(c caller, op s3Operation, region string) denial {
	if _, err := s.store.HeadObject(op.bucket, op.key); !gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchKey) {
		return ""
	}
	return s.authorize(c, permission{action: "s3:ListBucket", resource: bucketARN(op.bucket)}, region, nil)
}

// ifMatch says whether the object has the ETag that the request wants.
func (s *s3) ifMatch(r *http.Request, op s3Operation) bool {
	wanted := r.Header.Get("If-Match")
	if wanted == "" || wanted == "*" {
		return true
	}
	object, err := s.store.HeadObject(op.bucket, op.key)
	if err != nil {
		return true // gofakes3 answers
	}
	return strings.Trim(wanted, `"`) == strings.Trim(gofakes3.FormatETag(object.Hash), `"`)
}

// s3Context has the condition keys of a request: what a listing asks for, and
// the headers that say how an object is to be kept.
func s3Context(r *http.Request) map[string]string {
	context := map[string]string{"s3:tlsversion": "1.3"} // see authorize
	query := r.URL.Query()
	for _, name := range []string{"prefix", "delimiter"} {
		if query.Has(name) {
			context["s3:"+name] = query.Get(name)
		}
	}
	for name, values := range r.Header {
		if name := strings.ToLower(name); strings.HasPrefix(name, "x-amz-") {
			context["s3:"+name] = values[0]
		}
	}
	return context
}

func accessDenied(w http.ResponseWriter, r *http.Request, c caller, denied denial) {
	if c.role == nil {
		denied = "Access Denied" // S3 says no more to a service, or to anybody
	}
	s3Failure(w, r, http.StatusForbidden, "AccessDenied", string(denied))
}
