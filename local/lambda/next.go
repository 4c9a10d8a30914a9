package lambda

import (
	"maps"
	"reflect"
)

// Next makes the service that takes this one's place, as a deployment does.
// Functions that are the same keep their environments, the two services share
// how many invocations run at once, and closing either closes both. This one
// goes on, for requests that are under way: Retire says that it may end.
func (s *Service) Next(functions []Function) *Service {
	next := &Service{host: s.host, functions: make(map[string]*function, len(functions))}
	for _, f := range functions {
		f.withDefaults()
		if before, ok := s.functions[f.ARN]; ok && reflect.DeepEqual(before.Function, f) {
			next.functions[f.ARN] = before
			continue
		}
		f.Environment = maps.Clone(f.Environment)
		f.Aliases = maps.Clone(f.Aliases)
		next.functions[f.ARN] = &function{Function: f, pools: map[code]*pool{}}
	}
	return next
}

// Retire ends the environments of functions that the next service has not, or
// has otherwise: idle ones now, and others when they have answered. Invocations
// that still come are answered, by environments that end with them.
func (s *Service) Retire(next *Service) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for arn, f := range s.functions {
		if next.functions[arn] == f {
			continue
		}
		f.retired = true
		for _, p := range f.pools {
			for _, e := range p.idle {
				e.idle.Reset(0)
			}
		}
	}
}
