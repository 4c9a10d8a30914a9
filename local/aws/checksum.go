package aws

import (
	"crypto/md5" //nolint:gosec // SQS's checksum
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"annex/local/aws/queues"
)

// md5Of is the checksum of a message's body, which SDKs check.
func md5Of(text string) string {
	sum := md5.Sum([]byte(text)) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// md5OfAttributes is the checksum of message attributes: of their names, types
// and values, each after its length, in the order of the names (SQS Developer
// Guide, "Calculating the MD5 message digest for message attributes").
func md5OfAttributes(attributes map[string]queues.Attribute) string {
	var text []byte
	add := func(part []byte) {
		text = append(binary.BigEndian.AppendUint32(text, uint32(len(part))), part...) //nolint:gosec // below a megabyte
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		add([]byte(name))
		add([]byte(a.Type))
		if strings.HasPrefix(a.Type, "Binary") {
			text = append(text, 2)
			add(a.Binary)
		} else {
			text = append(text, 1)
			add([]byte(a.String))
		}
	}
	sum := md5.Sum(text) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}
