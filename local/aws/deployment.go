package aws

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"annex/local/assembly"
)

// Deployment is a BucketDeployment: files of the assembly that a deploy puts
// into a bucket.
type Deployment struct {
	ID       string // names it from one start to the next
	Resource string // names it in messages
	Bucket   string
	Prefix   string // of the keys; empty or ending in /
	Sources  []Source
	Extract  bool // a source's files, not the source as one archive
	Prune    bool // remove what is under the prefix and in no source
	Filters  []Filter
	Headers  map[string]string // of every object, such as Cache-Control

	DistributionID string   // of the CloudFront distribution to invalidate; empty for none
	Paths          []string // what to invalidate there, such as /*

	// Hash changes when CloudFormation would run the deployment again, which is
	// when any of its properties changes. A key of a source is its content's
	// hash.
	Hash string
}

// Source is one source of a deployment, as it lies in the assembly.
type Source struct {
	File    string // a folder, or an archive
	Name    string // the archive's, where it is not extracted
	Markers []Marker
}

// Marker is a placeholder that the deployment replaces in every file of the
// source, for a value that was not known at synthesis.
type Marker struct{ Token, Value string }

// deploymentProperties are those of Custom::CDKBucketDeployment, as CDK's
// bucket-deployment-handler reads them.
type deploymentProperties struct {
	SourceObjectKeys    []string
	SourceMarkers       []map[string]string
	SourceMarkersConfig []struct {
		JSONEscape bool `json:"jsonEscape"`
	}
	DestinationBucketName      string
	DestinationBucketKeyPrefix string
	Extract                    *bool
	Prune                      *bool
	Exclude                    []string
	Include                    []string
	SystemMetadata             map[string]string
	UserMetadata               map[string]string
	DistributionID             string `json:"DistributionId"`
	DistributionPaths          []string

	ServiceToken                    any // the handler, which this package stands in for
	SourceBucketNames               any // the assets' bucket: the assembly has them
	DestinationBucketArn            any // the bucket again
	RetainOnDelete                  any // nothing is deleted here
	WaitForDistributionInvalidation any // local invalidation is immediate
	SignContent                     any // how the upload is signed
	OutputObjectKeys                any // a value of GetAtt
	OutputObjectVersionIDs          any `json:"OutputObjectVersionIds"` // a value of GetAtt
}

func readDeployments(a *assembly.Assembly, buckets []Bucket) ([]Deployment, []assembly.Notice, error) {
	var deployments []Deployment
	var notices []assembly.Notice
	for _, r := range inOrder(a.Resources("Custom::CDKBucketDeployment")) {
		var p deploymentProperties
		unknown, err := r.Decode(&p)
		if err != nil {
			// Such as a marker with a value that only AWS knows.
			notices = append(notices, notice(true, r, "", "it is not deployed: "+err.Error())...)
			continue
		}
		notices = append(notices, assembly.Unknown(r, unknown)...)
		if !slices.ContainsFunc(buckets, func(b Bucket) bool { return b.Name == p.DestinationBucketName }) {
			notices = append(notices, notice(true, r, "DestinationBucketName", "it is not deployed: the bucket is not in the templates")...)
			continue
		}
		d, err := readDeployment(a, r, p)
		if err != nil {
			return nil, nil, err
		}
		deployments = append(deployments, d)
	}
	return deployments, notices, nil
}

func readDeployment(a *assembly.Assembly, r *assembly.Resource, p deploymentProperties) (Deployment, error) {
	headers, err := metadata(p.SystemMetadata, p.UserMetadata)
	if err != nil {
		return Deployment{}, fmt.Errorf("%s: SystemMetadata: %w", r, err)
	}
	d := Deployment{
		ID: r.Stack.Name + "/" + r.LogicalID, Resource: r.String(), Bucket: p.DestinationBucketName,
		Extract: p.Extract == nil || *p.Extract, Prune: p.Prune == nil || *p.Prune,
		Headers: headers, DistributionID: p.DistributionID, Paths: p.DistributionPaths,
	}
	if d.Filters, err = filters(p.Exclude, p.Include); err != nil {
		return Deployment{}, fmt.Errorf("%s: Exclude and Include: %w", r, err)
	}
	if prefix := p.DestinationBucketKeyPrefix; prefix != "" && prefix != "/" {
		d.Prefix = strings.TrimSuffix(prefix, "/") + "/"
	}
	if len(d.Paths) == 0 {
		d.Paths = []string{path.Join("/", d.Prefix, "*")}
	}
	for i, key := range p.SourceObjectKeys {
		file, err := a.Asset(r.Stack, key)
		if err != nil {
			return Deployment{}, fmt.Errorf("%s: SourceObjectKeys[%d]: %w", r, i, err)
		}
		source := Source{File: file, Name: path.Base(key)}
		if i < len(p.SourceMarkers) {
			escape := i < len(p.SourceMarkersConfig) && p.SourceMarkersConfig[i].JSONEscape
			if source.Markers, err = markers(p.SourceMarkers[i], escape); err != nil {
				return Deployment{}, fmt.Errorf("%s: SourceMarkers[%d]: %w", r, i, err)
			}
		}
		d.Sources = append(d.Sources, source)
	}
	if d.Hash, err = hash(p); err != nil {
		return Deployment{}, fmt.Errorf("%s: %w", r, err)
	}
	return d, nil
}

// markers are the tokens in order, each with its value, which is escaped for
// a JSON document where the source is one.
func markers(values map[string]string, escape bool) ([]Marker, error) {
	var list []Marker
	for token, value := range values {
		if escape {
			quoted, err := json.Marshal(value)
			if err != nil {
				return nil, err
			}
			value = string(quoted[1 : len(quoted)-1])
		}
		list = append(list, Marker{Token: token, Value: value})
	}
	slices.SortFunc(list, func(a, b Marker) int { return strings.Compare(a.Token, b.Token) })
	return list, nil
}

// metadata turns the options of `aws s3 sync` that CDK writes into headers.
// Options that do not change what a reader gets are left out.
func metadata(system, user map[string]string) (map[string]string, error) {
	headers := map[string]string{}
	for name, value := range system {
		switch option := strings.ToLower(name); option {
		case "cache-control":
			headers["Cache-Control"] = value
		case "content-disposition":
			headers["Content-Disposition"] = value
		case "content-encoding":
			headers["Content-Encoding"] = value
		case "content-language":
			headers["Content-Language"] = value
		case "content-type":
			headers["Content-Type"] = value
		case "expires":
			headers["Expires"] = value
		case "website-redirect":
			headers["X-Amz-Website-Redirect-Location"] = value
		case "storage-class", "sse", "sse-kms-key-id", "sse-c-copy-source", "acl":
		default:
			return nil, fmt.Errorf("%q: local mode does not know this option of `aws s3 sync`", name)
		}
	}
	for name, value := range user {
		headers["X-Amz-Meta-"+strings.ToLower(name)] = value
	}
	return headers, nil
}

func hash(p deploymentProperties) (string, error) {
	// How a source is fetched says nothing of what it holds.
	p.ServiceToken, p.SourceBucketNames = nil, nil
	data, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// inOrder puts the resources behind those that they depend on.
func inOrder(resources []*assembly.Resource) []*assembly.Resource {
	var ordered []*assembly.Resource
	done := map[*assembly.Resource]bool{}
	var add func(r *assembly.Resource)
	add = func(r *assembly.Resource) {
		if done[r] {
			return
		}
		done[r] = true
		for _, other := range resources {
			if other.Stack == r.Stack && slices.Contains(r.DependsOn, other.LogicalID) {
				add(other)
			}
		}
		ordered = append(ordered, r)
	}
	for _, r := range resources {
		add(r)
	}
	return ordered
}
