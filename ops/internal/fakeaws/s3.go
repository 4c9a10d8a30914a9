package fakeaws

import (
	"net/http"
	"slices"
)

// Bucket is a bucket of S3.
type Bucket struct {
	Owner, Region                         string
	Private, Encrypted, Versioned, Policy string // the configurations, as the SDK wrote them
	Objects                               map[string][]Version
}

// Version is one version of an object; the newest is the last.
type Version struct {
	ID      string
	Content []byte
}

const (
	bucketPath = `/([a-z0-9.-]+)/?`
	objectPath = `/([a-z0-9.-]+)/(.+)`
)

var s3Operations = []route{
	at("GET", bucketPath, "publicAccessBlock", "GetPublicAccessBlock", getConfiguration(
		func(b *Bucket) *string { return &b.Private }, "NoSuchPublicAccessBlockConfiguration")),
	at("PUT", bucketPath, "publicAccessBlock", "PutPublicAccessBlock", putConfiguration(func(b *Bucket) *string { return &b.Private })),
	at("GET", bucketPath, "encryption", "GetBucketEncryption", getConfiguration(
		func(b *Bucket) *string { return &b.Encrypted }, "ServerSideEncryptionConfigurationNotFoundError")),
	at("PUT", bucketPath, "encryption", "PutBucketEncryption", putConfiguration(func(b *Bucket) *string { return &b.Encrypted })),
	at("GET", bucketPath, "versioning", "GetBucketVersioning", func(a *Account, r *request) (any, error) {
		b, err := a.bucket(r)
		if err != nil {
			return nil, err
		}
		if b.Versioned == "" {
			return raw{body: []byte("<VersioningConfiguration/>")}, nil
		}
		return raw{body: []byte(b.Versioned)}, nil
	}),
	at("PUT", bucketPath, "versioning", "PutBucketVersioning", putConfiguration(func(b *Bucket) *string { return &b.Versioned })),
	at("GET", bucketPath, "policy", "GetBucketPolicy", getConfiguration(func(b *Bucket) *string { return &b.Policy }, "NoSuchBucketPolicy")),
	at("PUT", bucketPath, "policy", "PutBucketPolicy", putConfiguration(func(b *Bucket) *string { return &b.Policy })),
	at("HEAD", bucketPath, "", "HeadBucket", func(a *Account, r *request) (any, error) {
		b, err := a.bucket(r)
		if err != nil {
			return nil, err
		}
		return raw{header: map[string]string{"x-amz-bucket-region": b.Region}}, nil
	}),
	at("PUT", bucketPath, "", "CreateBucket", func(a *Account, r *request) (any, error) {
		if _, there := a.Buckets[r.path[0]]; there {
			return nil, &failure{http.StatusConflict, "BucketAlreadyExists", "", true}
		}
		a.Buckets[r.path[0]] = &Bucket{Owner: a.ID, Region: r.region, Objects: map[string][]Version{}}
		return raw{}, nil
	}),
	at("GET", objectPath, "", "GetObject", getObject),
	at("HEAD", objectPath, "", "HeadObject", func(a *Account, r *request) (any, error) {
		answer, err := getObject(a, r)
		if object, ok := answer.(raw); ok {
			return raw{header: object.header}, err
		}
		return nil, err
	}),
	at("PUT", objectPath, "", "PutObject", func(a *Account, r *request) (any, error) {
		b, err := a.bucket(r)
		if err != nil {
			return nil, err
		}
		version := Version{"null", r.body}
		if b.Versioned != "" {
			version.ID = a.id("version-")
		}
		b.Objects[r.path[1]] = append(b.Objects[r.path[1]], version)
		return raw{header: map[string]string{"x-amz-version-id": version.ID}}, nil
	}),
}

func (a *Account) bucket(r *request) (*Bucket, error) {
	b := a.Buckets[r.path[0]]
	switch owner := r.http.Header.Get("X-Amz-Expected-Bucket-Owner"); {
	case b == nil && r.http.Method == http.MethodHead:
		return nil, &failure{http.StatusNotFound, "", "", true} // an answer to HEAD has no body
	case b == nil:
		return nil, &failure{http.StatusNotFound, "NoSuchBucket", "", true}
	case b.Owner != a.ID || owner != "" && owner != b.Owner:
		return nil, &failure{http.StatusForbidden, "AccessDenied", "Access Denied", true}
	}
	return b, nil
}

func getConfiguration(of func(*Bucket) *string, missing string) operation {
	return func(a *Account, r *request) (any, error) {
		b, err := a.bucket(r)
		switch {
		case err != nil:
			return nil, err
		case *of(b) == "":
			return nil, &failure{http.StatusNotFound, missing, "", true}
		}
		return raw{body: []byte(*of(b))}, nil
	}
}

func putConfiguration(of func(*Bucket) *string) operation {
	return func(a *Account, r *request) (any, error) {
		b, err := a.bucket(r)
		if err != nil {
			return nil, err
		}
		*of(b) = string(r.body)
		return raw{}, nil
	}
}

func getObject(a *Account, r *request) (any, error) {
	b, err := a.bucket(r)
	if err != nil {
		return nil, err
	}
	versions := b.Objects[r.path[1]]
	want := r.http.URL.Query().Get("versionId")
	for _, version := range slices.Backward(versions) {
		if want == "" || version.ID == want {
			return raw{map[string]string{"x-amz-version-id": version.ID}, version.Content}, nil
		}
	}
	if len(versions) > 0 {
		return nil, &failure{http.StatusNotFound, "NoSuchVersion", "", true}
	}
	return nil, &failure{http.StatusNotFound, "NoSuchKey", "", true}
}
