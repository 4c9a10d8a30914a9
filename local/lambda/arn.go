package lambda

import (
	"slices"
	"strings"
)

// latest is the version that a function without qualifier means: the code as
// it is, unpublished.
const latest = "$LATEST"

// resolve finds the function and the version that an ARN means: unqualified or
// with an alias, a version or $LATEST at its end.
func (s *Service) resolve(arn string) (f *function, version string, err error) {
	unqualified, qualifier := splitARN(arn)
	f, ok := s.functions[unqualified]
	if !ok {
		return nil, "", &ResourceNotFoundError{ARN: arn}
	}
	version, ok = f.version(qualifier)
	if !ok {
		return nil, "", &ResourceNotFoundError{ARN: arn}
	}
	return f, version, nil
}

// splitARN parts arn:aws:lambda:region:account:function:name[:qualifier].
func splitARN(arn string) (unqualified, qualifier string) {
	const colons = 6 // in an unqualified one
	if strings.Count(arn, ":") != colons+1 {
		return arn, ""
	}
	i := strings.LastIndexByte(arn, ':')
	if i == len(arn)-1 {
		return arn, "" // an empty qualifier is no qualifier: it names nothing
	}
	return arn[:i], arn[i+1:]
}

// version is the version that a qualifier means, if there is one.
func (f *Function) version(qualifier string) (string, bool) {
	if qualifier == "" || qualifier == latest {
		return latest, true
	}
	if v, ok := f.Aliases[qualifier]; ok {
		return v, true
	}
	if slices.Contains(f.Versions, qualifier) {
		return qualifier, true
	}
	for _, v := range f.Aliases {
		if v == qualifier {
			return v, true
		}
	}
	return "", false
}
