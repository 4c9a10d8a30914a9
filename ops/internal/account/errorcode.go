package account

import (
	"errors"

	"github.com/aws/smithy-go"
)

// ErrorCode is a service's code of an error, empty for an error of another
// kind.
func ErrorCode(err error) string {
	if refused, ok := errors.AsType[smithy.APIError](err); ok {
		return refused.ErrorCode()
	}
	return ""
}
