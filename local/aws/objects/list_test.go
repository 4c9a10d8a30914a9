package objects

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/johannesboyne/gofakes3"
)

func TestListings(t *testing.T) {
	s := filled(t, "a", "b/1", "b/2", "b/c/3", "b0", "c/")
	for _, c := range []struct {
		name, prefix, delimiter, marker string
		max                             int64
		want                            []string
	}{
		{name: "everything", want: []string{"a", "b/1", "b/2", "b/c/3", "b0", "c/"}},
		{name: "a prefix", prefix: "b/", want: []string{"b/1", "b/2", "b/c/3"}},
		{name: "a delimiter", delimiter: "/", want: []string{"a", "b/…", "b0", "c/…"}},
		{name: "a prefix and a delimiter", prefix: "b/", delimiter: "/", want: []string{"b/1", "b/2", "b/c/…"}},
		{name: "a prefix within a name", prefix: "b", delimiter: "/", want: []string{"b/…", "b0"}},
		{name: "another delimiter", delimiter: "c", want: []string{"a", "b/1", "b/2", "b/c…", "b0", "c…"}},
		{name: "a page", max: 2, want: []string{"a", "b/1", "next b/1"}},
		{name: "the page after a key", marker: "b/1", want: []string{"b/2", "b/c/3", "b0", "c/"}},
		{name: "a page that ends with a common prefix", delimiter: "/", max: 2, want: []string{"a", "b/…", "next b/"}},
		{name: "the page after a common prefix", delimiter: "/", marker: "b/", want: []string{"b0", "c/…"}},
		{name: "a page that is just full", max: 6, want: []string{"a", "b/1", "b/2", "b/c/3", "b0", "c/"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			page := gofakes3.ListBucketPage{MaxKeys: c.max, Marker: c.marker, HasMarker: c.marker != ""}
			prefix := gofakes3.Prefix{HasPrefix: c.prefix != "", Prefix: c.prefix, HasDelimiter: c.delimiter != "", Delimiter: c.delimiter}
			list, err := s.ListBucket("shop", &prefix, page)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, o := range list.Contents {
				got = append(got, o.Key)
			}
			for _, p := range list.CommonPrefixes {
				got = append(got, p.Prefix+"…")
			}
			slices.Sort(got)
			if list.IsTruncated {
				got = append(got, "next "+list.NextMarker)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Whatever is asked of listings, walking their pages has to give every key or
// its common prefix exactly once.
func FuzzPagesListEveryKeyOnce(f *testing.F) {
	f.Add("a\nb/1\nb/2\nc/d/e", "", "/", int64(1))
	f.Add("a/\na/b\na/c\na0", "a", "/", int64(2))
	f.Fuzz(func(t *testing.T, keys, prefix, delimiter string, size int64) {
		s := &Store{buckets: map[string]*bucket{"shop": {objects: map[string]*object{}}}}
		for key := range strings.SplitSeq(keys, "\n") {
			s.buckets["shop"].add(&object{Key: key})
		}
		if size < 1 || len(keys) > 500 {
			t.Skip()
		}
		p := gofakes3.Prefix{HasPrefix: true, Prefix: prefix, HasDelimiter: delimiter != "", Delimiter: delimiter}
		names := func(list *gofakes3.ObjectList) (names []string) {
			for _, o := range list.Contents {
				names = append(names, "key "+o.Key)
			}
			for _, c := range list.CommonPrefixes {
				names = append(names, "prefix "+c.Prefix)
			}
			return names
		}
		whole, err := s.ListBucket("shop", &p, gofakes3.ListBucketPage{})
		if err != nil {
			t.Fatal(err)
		}
		var paged []string
		page := gofakes3.ListBucketPage{MaxKeys: size}
		for range 1000 {
			list, err := s.ListBucket("shop", &p, page)
			if err != nil {
				t.Fatal(err)
			}
			paged = append(paged, names(list)...)
			if !list.IsTruncated {
				break
			}
			page.HasMarker, page.Marker = true, list.NextMarker
		}
		want := names(whole)
		slices.Sort(want)
		slices.Sort(paged)
		if diff := cmp.Diff(want, paged); diff != "" {
			t.Error(diff)
		}
	})
}
