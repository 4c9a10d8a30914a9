// Package searchindex is the index of the product search: indexer builds it from a catalogue and writes it, and search
// reads it. The two are released separately, so a version of either may meet what another version of the other wrote.
// Only they import it.
//
// An index is a JSON document. Whatever its format, its first line has the format and the source, and "products" has the
// catalogue's products as the catalogue has them: that is the contract between versions, by which each knows a later
// catalogue's index, and can build the rest of it. This format has each product and each word on a line of its own, so that
// reading it parses hardly any JSON:
//
//	{"format":1,"source":{"key":"catalogue/products.json",…},"products":[
//	{"id":"enamel-mug","name":"Enamel mug",…},
//	{"id":"mug-rack","name":"Rack","description":"Holds every mug you own."}
//	],"words":{
//	"enamel":[0],
//	"mug":[0,6]
//	}}
//
// A word has a number for each product that it occurs in: four times the distance from the product before, and the
// field that says most about the product.
package searchindex

import (
	"encoding/json"
	"time"
)

// Format is the number of the format that this version writes. One that changes it reads the others all the same.
const Format = 1

const (
	// MaxCatalogue is the size of the largest catalogue, in bytes.
	MaxCatalogue = 16 << 20
	// MaxIndex is the size of the largest index, in bytes. Search holds two of them in memory while it renews one.
	MaxIndex = 32 << 20
)

// An Index finds the products of a catalogue by the words in them. It does not change once it is read.
type Index struct {
	Source   Source
	Products []json.RawMessage // as the catalogue has them, and in its order
	Words    int               // how many there are
	words    []byte            // their lines, as the object has them
}

// A Source says which catalogue an index was built from. That of an index which somebody put there by hand is zero.
type Source struct {
	Key      string    `json:"key"`               // in the bucket
	Version  string    `json:"version,omitempty"` // in a bucket that keeps versions
	ETag     string    `json:"etag"`
	Uploaded time.Time `json:"uploaded"` // to the second, as S3 tells it
}

// An Entry is a word of the catalogue, folded, and where it occurs.
type Entry struct {
	Word    []byte // in the object's memory
	numbers []byte // as the object has them
}

// An Occurrence says that a product has a word, and the most telling field that has it.
type Occurrence struct {
	Product int32 // position in Index.Products
	Field   Field
}

// A Field is a part of a product that is searched. The more a word in it says about the product, the smaller it is.
type Field uint8

// The fields that are searched.
const (
	NameField Field = iota
	CategoryField
	DescriptionField
)
