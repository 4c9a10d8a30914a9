package aws

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// iteratorLife is how long a shard iterator may be used (API reference,
// "GetShardIterator").
const iteratorLife = 15 * time.Minute

// shardIterator is a place in a stream, and until when it may be used.
type shardIterator struct {
	stream, after string
	expires       time.Time
}

// String is a form in which the stream's ARN can be found (see
// dynamoDBPermissions).
func (i shardIterator) String() string {
	return fmt.Sprintf("%s|1|%s|%d", i.stream, i.after, i.expires.UnixMilli())
}

func parseShardIterator(text string) (shardIterator, bool) {
	parts := strings.Split(text, "|")
	if len(parts) != 4 {
		return shardIterator{}, false
	}
	expires, err := strconv.ParseInt(parts[3], 10, 64)
	return shardIterator{parts[0], parts[2], time.UnixMilli(expires)}, err == nil
}
