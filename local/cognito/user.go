package cognito

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// user is who signed in. Nothing keeps users: all there is to one follows from
// the name.
type user struct {
	sub   string // a UUID, the same for the same name in a pool
	email string
}

// maxName is the longest name in bytes, after which Cognito ends attributes.
const maxName = 128

// userOf is the user of a name, which is an email address, or what stands
// before its @example.com.
func userOf(pool, name string) (user, error) {
	email := strings.ToLower(strings.Join(strings.Fields(name), "."))
	switch {
	case email == "":
		return user{}, errors.New("enter a name: any will do")
	case len(email) > maxName:
		return user{}, fmt.Errorf("enter a shorter name: this one has more than %d bytes", maxName)
	case strings.ContainsFunc(email, unicode.IsControl), strings.HasPrefix(email, "@"), strings.HasSuffix(email, "@"), strings.Count(email, "@") > 1:
		return user{}, errors.New("enter a name, or an email address such as ada@example.com")
	}
	if !strings.Contains(email, "@") {
		email += "@example.com"
	}
	// A UUID of version 8, which is for what a service makes up itself
	// (RFC 9562, section 5.8).
	sum := sha256.Sum256([]byte(pool + "/" + email))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	return user{
		sub:   fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16]),
		email: email,
	}, nil
}
