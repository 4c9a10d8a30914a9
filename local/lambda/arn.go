package lambda

import "strings"

// latest is the version that a function without qualifier means: the code as
// it is, unpublished.
const latest = "$LATEST"

// resolve finds the function and the code that an ARN means this time:
// unqualified or with an alias, a version or $LATEST at its end.
func (s *Service) resolve(arn string) (*function, code, error) {
	unqualified, qualifier := splitARN(arn)
	f, ok := s.functions[unqualified]
	if !ok {
		return nil, code{}, &ResourceNotFoundError{ARN: arn}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	version := qualifier
	if qualifier == "" {
		version = latest
	} else if a, ok := s.alias(f, qualifier); ok {
		version = a.choose()
	}
	build, ok := s.build(f, version)
	if !ok {
		return nil, code{}, &ResourceNotFoundError{ARN: arn}
	}
	return f, code{version, build}, nil
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
