package aws

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// s3Operation is what a request asks of S3.
type s3Operation struct {
	name        string // such as GetObject
	bucket, key string
	version     string       // that is asked for; empty for the newest
	needs       []permission // each is needed; none for an operation that is not served
	source      *s3Source    // of a CopyObject
	unavailable string       // why it is not served here; empty if it is
}

// s3Source is the object that is copied.
type s3Source struct{ bucket, key string }

// parseS3 says what a request asks for: S3's operations are told apart by
// method, path, query and a header, and not by a name. (S3 API reference:
// "Actions"; for what each needs, Service Authorization Reference: "Actions,
// resources, and condition keys for Amazon S3".)
func parseS3(r *http.Request) s3Operation {
	op := s3Operation{}
	op.bucket, op.key, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	query := r.URL.Query()
	switch {
	case op.bucket == "":
		op.service(r.Method)
	case op.key == "":
		op.onBucket(r.Method, query)
	default:
		op.onObject(r, query)
	}
	if op.name == "" {
		op.name = r.Method + " " + r.URL.Path
		op.unavailable = "local mode does not know this operation"
	}
	// A part of the query that says what is asked for and that is not known
	// would turn one operation into another: PutObjectTagging into PutObject.
	for name := range query {
		if op.unavailable == "" && !knownParameter(name) {
			op.name += " with ?" + name
			op.unavailable = "local mode does not know this operation"
		}
	}
	if op.unavailable == "" {
		op.unavailable = unavailableHeader(r.Header)
	}
	if op.unavailable != "" {
		op.needs = nil
	}
	return op
}

func (op *s3Operation) service(method string) {
	if method == http.MethodGet {
		op.name = "ListBuckets"
		op.need("ListAllMyBuckets", "*")
	}
}

func (op *s3Operation) onBucket(method string, query url.Values) {
	bucket := bucketARN(op.bucket)
	switch {
	case method == http.MethodGet && query.Has("location"):
		op.is("GetBucketLocation", "GetBucketLocation", bucket)
	case method == http.MethodGet && query.Has("versioning"):
		op.is("GetBucketVersioning", "GetBucketVersioning", bucket)
	case method == http.MethodGet && query.Has("uploads"):
		op.is("ListMultipartUploads", "ListBucketMultipartUploads", bucket)
	case query.Has("versions") || query.Has("versioning"):
		op.unserved("ListObjectVersions or PutBucketVersioning", onlyNewest)
	case method == http.MethodGet && query.Get("list-type") == "2":
		op.is("ListObjectsV2", "ListBucket", bucket)
	case method == http.MethodGet:
		op.is("ListObjects", "ListBucket", bucket)
	case method == http.MethodHead:
		op.is("HeadBucket", "ListBucket", bucket)
	case method == http.MethodPut:
		op.is("CreateBucket", "CreateBucket", bucket)
	case method == http.MethodDelete:
		op.is("DeleteBucket", "DeleteBucket", bucket)
	case method == http.MethodPost && query.Has("delete"):
		op.name = "DeleteObjects" // needs s3:DeleteObject for each of its keys
	case method == http.MethodPost:
		op.unserved("PostObject", "local mode has no uploads by HTML form")
	}
}

func (op *s3Operation) onObject(r *http.Request, query url.Values) {
	object := bucketARN(op.bucket) + "/" + op.key
	copySource := r.Header.Get("X-Amz-Copy-Source")
	switch method := r.Method; {
	case query.Get("versionId") != "" && (method == http.MethodGet || method == http.MethodHead) && !query.Has("uploadId"):
		op.version = query.Get("versionId")
		op.is(map[string]string{http.MethodGet: "GetObject", http.MethodHead: "HeadObject"}[method], "GetObjectVersion", object)
	case query.Has("versionId") && query.Get("versionId") != "null":
		op.unserved(method+" of an object's version", onlyNewest)
	case method == http.MethodPost && query.Has("uploads"):
		op.is("CreateMultipartUpload", "PutObject", object)
	case query.Has("uploadId"):
		op.onUpload(method, object, r.Header)
	case method == http.MethodGet:
		op.is("GetObject", "GetObject", object)
	case method == http.MethodHead:
		op.is("HeadObject", "GetObject", object)
	case method == http.MethodPut && copySource != "":
		op.copies(object, copySource)
	case method == http.MethodPut:
		op.is("PutObject", "PutObject", object)
	case method == http.MethodDelete:
		op.is("DeleteObject", "DeleteObject", object)
	}
}

// onUpload is a request about one multipart upload.
func (op *s3Operation) onUpload(method, object string, header http.Header) {
	switch {
	case method == http.MethodPut && header.Get("X-Amz-Copy-Source") != "":
		op.unserved("UploadPartCopy", "local mode copies whole objects only")
	case method == http.MethodPut:
		op.is("UploadPart", "PutObject", object)
	case method == http.MethodPost && (header.Get("If-Match") != "" || header.Get("If-None-Match") != ""):
		op.unserved("CompleteMultipartUpload with a condition", "local mode writes under a condition with PutObject only")
	case method == http.MethodPost:
		op.is("CompleteMultipartUpload", "PutObject", object)
	case method == http.MethodDelete:
		op.is("AbortMultipartUpload", "AbortMultipartUpload", object)
	case method == http.MethodGet:
		op.is("ListParts", "ListMultipartUploadParts", object)
	}
}

func (op *s3Operation) copies(object, copySource string) {
	path, query, _ := strings.Cut(copySource, "?")
	if decoded, err := url.PathUnescape(path); err == nil {
		path = decoded
	}
	bucket, key, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch {
	case !ok:
		op.unserved("CopyObject", "x-amz-copy-source is not <bucket>/<key>")
	case query != "":
		op.unserved("CopyObject of an object's version", onlyNewest)
	default:
		op.source = &s3Source{bucket, key}
		op.is("CopyObject", "GetObject", bucketARN(bucket)+"/"+key)
		op.need("PutObject", object)
	}
}

func (op *s3Operation) is(name, action, resource string) {
	op.name = name
	op.need(action, resource)
}

func (op *s3Operation) need(action, resource string) {
	op.needs = append(op.needs, permission{action: "s3:" + action, resource: resource})
}

func (op *s3Operation) unserved(name, reason string) {
	op.name, op.unavailable = name, reason
}

func bucketARN(name string) string { return "arn:aws:s3:::" + name }

// knownParameter says whether a query parameter belongs to an operation that
// is served, or says only how.
func knownParameter(name string) bool {
	lower := strings.ToLower(name)
	if lower == "x-id" || strings.HasPrefix(lower, "x-amz-") || strings.HasPrefix(lower, "response-") {
		return true
	}
	return slices.Contains([]string{
		"continuation-token", "delete", "delimiter", "encoding-type", "fetch-owner", "key-marker", "list-type", "location",
		"marker", "max-keys", "max-parts", "max-uploads", "part-number-marker", "partNumber", "prefix", "start-after",
		"upload-id-marker", "uploadId", "uploads", "versionId", "versioning",
	}, name)
}

// unavailableHeader names a header that would change what a request does and
// that local mode does not serve.
func unavailableHeader(h http.Header) string {
	for _, name := range []string{
		"X-Amz-Tagging", "X-Amz-Object-Lock-Mode", "X-Amz-Object-Lock-Legal-Hold", "X-Amz-Write-Offset-Bytes",
		"X-Amz-Copy-Source-If-Match", "X-Amz-Copy-Source-If-None-Match", "X-Amz-Copy-Source-If-Modified-Since",
		"X-Amz-Copy-Source-If-Unmodified-Since", "X-Amz-Server-Side-Encryption-Customer-Algorithm",
	} {
		if h.Get(name) != "" {
			return "local mode does not know the header " + name
		}
	}
	return ""
}
