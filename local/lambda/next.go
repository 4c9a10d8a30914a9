package lambda

import (
	"maps"
	"reflect"
)

// Next makes the service that takes this one's place, as a deployment does.
// Functions that are the same keep their environments, and of those that differ
// in their code alone, versions whose build stays do. The two services share
// how many invocations run at once and what PublishVersion and UpdateAlias did,
// and closing either closes both. This one goes on, for requests that are under
// way: Retire says that it may end.
func (s *Service) Next(functions []Function) *Service {
	next := &Service{host: s.host, functions: make(map[string]*function, len(functions))}
	for _, f := range functions {
		f.withDefaults()
		before, ok := s.functions[f.ARN]
		if ok && reflect.DeepEqual(before.Function, f) {
			next.functions[f.ARN] = before
			continue
		}
		f.Environment = maps.Clone(f.Environment)
		f.Aliases = maps.Clone(f.Aliases)
		f.Provisioned = maps.Clone(f.Provisioned)
		other := newFunction(f)
		if ok && reflect.DeepEqual(before.withoutCode(), f.withoutCode()) {
			other.runs = before.runs
		}
		next.functions[f.ARN] = other
	}
	return next
}

// withoutCode is what all versions and builds of the function have in common.
func (f Function) withoutCode() Function {
	f.Build, f.Aliases, f.Versions, f.ReservedConcurrency, f.Provisioned = "", nil, nil, nil, nil
	return f
}

// Retire ends the environments of functions that the next service has not, or
// has otherwise: idle ones now, and others when they have answered. Invocations
// that still come are answered, by environments that end with them.
func (s *Service) Retire(next *Service) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for arn, f := range s.functions {
		other := next.functions[arn]
		if other == f {
			continue
		}
		f.replaced = true
		for c, p := range f.pools {
			if other != nil && other.runs == f.runs {
				if build, ok := next.build(other, c.version); ok && build == c.build {
					continue
				}
			}
			f.retire(p)
		}
	}
}
