package main

import (
	"cmp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"annex/lambdas/internal/searchindex"
)

// sourceOf is what an index says of the catalogue that it was built from.
func sourceOf(key string, catalogue *s3.GetObjectOutput) searchindex.Source {
	return searchindex.Source{
		Key:      key,
		Version:  aws.ToString(catalogue.VersionId),
		ETag:     aws.ToString(catalogue.ETag),
		Uploaded: aws.ToTime(catalogue.LastModified).UTC().Truncate(time.Second),
	}
}

// supersedes tells whether an index is to be built of a catalogue, as the bucket has it now, where there is that of
// another. Of the same name, the other can only be an earlier version, or this one. Otherwise the later one counts; of
// two in the same second S3 does not tell, so that their names have to.
func supersedes(catalogue, other searchindex.Source) bool {
	if catalogue.Key == other.Key {
		return catalogue.Version != other.Version || catalogue.ETag != other.ETag || !catalogue.Uploaded.Equal(other.Uploaded)
	}
	return cmp.Or(catalogue.Uploaded.Compare(other.Uploaded), cmp.Compare(catalogue.Key, other.Key)) > 0
}
