package aws

import (
	"encoding/xml"
	"net/http"

	"github.com/johannesboyne/gofakes3"
)

// versionHeader says in a response which version of an object it is about, where
// the bucket keeps versions.
const versionHeader = "X-Amz-Version-Id"

// onlyNewest is about versions: each write has one, by which whoever is told of it
// finds out whether the object is still that. What was there before is gone.
const onlyNewest = "local mode keeps only the newest version of an object"

// versioned tells whether a bucket keeps versions in its template.
func (s *s3) versioned(name string) bool {
	bucket, _ := s.endpoint.config().bucket(name)
	return bucket.Versioned
}

// version is that of the object as it is now; empty where there is none.
func (s *s3) version(bucket Bucket, op s3Operation) string {
	object, err := s.store.HeadObject(op.bucket, op.key)
	switch {
	case err != nil:
		return ""
	case !bucket.Versioned:
		return "null" // S3's name of what has none
	}
	return string(object.VersionID)
}

// getBucketVersioning is GetBucketVersioning: what the template says.
func (s *s3) getBucketVersioning(w http.ResponseWriter, r *http.Request, name string) {
	if exists, _ := s.store.BucketExists(name); !exists {
		s.fail(w, r, gofakes3.BucketNotFound(name))
		return
	}
	versioning := struct {
		XMLName xml.Name `xml:"VersioningConfiguration"`
		Status  string   `xml:",omitempty"`
	}{}
	if s.versioned(name) {
		versioning.Status = versioningEnabled
	}
	s3Answer(w, versioning)
}
