package objects

import (
	"slices"
	"strings"

	"github.com/johannesboyne/gofakes3"
)

// ListBucket implements gofakes3.Backend: keys in byte order, those that have
// the delimiter after the prefix rolled up into common prefixes, of which each
// counts as one towards the page.
func (s *Store) ListBucket(name string, prefix *gofakes3.Prefix, page gofakes3.ListBucketPage) (*gofakes3.ObjectList, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	b, ok := s.buckets[name]
	if !ok {
		return nil, gofakes3.BucketNotFound(name)
	}
	if prefix == nil {
		prefix = &gofakes3.Prefix{}
	}
	list := gofakes3.NewObjectList()
	start, _ := slices.BinarySearch(b.keys, prefix.Prefix)
	count := int64(0)
	last := "" // the key, or common prefix, that was listed last
	for _, key := range b.keys[start:] {
		if !strings.HasPrefix(key, prefix.Prefix) {
			break
		}
		group := commonPrefix(key, prefix)
		// A marker may be a common prefix: its keys have been listed with it.
		if page.HasMarker && (key <= page.Marker || group != "" && group == page.Marker) {
			continue
		}
		if group != "" && group == last {
			continue
		}
		if page.MaxKeys > 0 && count == page.MaxKeys {
			list.IsTruncated, list.NextMarker = true, last
			break
		}
		count++
		if last = group; group != "" {
			list.AddPrefix(group)
			continue
		}
		last = key
		o := b.objects[key]
		list.Add(&gofakes3.Content{
			Key: key, Size: o.Size, ETag: gofakes3.FormatETag(o.MD5),
			LastModified: gofakes3.NewContentTime(o.Modified), StorageClass: gofakes3.StorageStandard,
		})
	}
	return list, nil
}

// commonPrefix is what a key is rolled up into: from its beginning to the
// first delimiter after the prefix. It is empty for a key that is listed.
func commonPrefix(key string, p *gofakes3.Prefix) string {
	if !p.HasDelimiter {
		return ""
	}
	before, _, found := strings.Cut(key[len(p.Prefix):], p.Delimiter)
	if !found {
		return ""
	}
	return p.Prefix + before + p.Delimiter
}

// Keys returns the keys that begin with the prefix, in byte order. There are
// none in a bucket that does not exist.
func (s *Store) Keys(name, prefix string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	b, ok := s.buckets[name]
	if !ok {
		return nil
	}
	start, _ := slices.BinarySearch(b.keys, prefix)
	end := start
	for end < len(b.keys) && strings.HasPrefix(b.keys[end], prefix) {
		end++
	}
	return slices.Clone(b.keys[start:end])
}
