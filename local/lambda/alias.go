package lambda

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// Alias is what an alias points at: one version, or two while invocations shift
// from one to the other ("Implement Lambda canary deployments using a weighted
// alias").
type Alias struct {
	Version string             // the one that has what the weights leave
	Weights map[string]float64 // AdditionalVersionWeights: shares of the invocations, from 0 to 1, by version
}

// pick is the version of one invocation, for a number from 0 up to 1.
func (a Alias) pick(number float64) string {
	for _, version := range slices.Sorted(maps.Keys(a.Weights)) {
		if number -= a.Weights[version]; number < 0 {
			return version
		}
	}
	return a.Version
}

// choose is the version of one invocation.
func (a Alias) choose() string {
	if len(a.Weights) == 0 {
		return a.Version
	}
	return a.pick(rand.Float64()) //nolint:gosec // chance, and no secret
}

// release is what stands in place of a function's aliases and beside its
// versions in the template.
type release struct {
	aliases map[string]Alias
	builds  map[string]string // by version
}

// PublishVersion keeps a build as a version of the function, whatever becomes of
// its code, until Restore. It may be the build of a version of the template.
func (s *Service) PublishVersion(functionARN, version, build string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.release(functionARN).builds[version] = build
}

// UpdateAlias points an alias at something else than the template does, until
// Restore. The next invocation goes by it.
func (s *Service) UpdateAlias(functionARN, name string, to Alias) {
	s.mu.Lock()
	to.Weights = maps.Clone(to.Weights)
	s.release(functionARN).aliases[name] = to
	f := s.functions[functionARN]
	s.mu.Unlock()
	s.provisionAgain(f)
}

func (s *Service) release(functionARN string) *release {
	r := s.releases[functionARN]
	if r == nil {
		r = &release{aliases: map[string]Alias{}, builds: map[string]string{}}
		s.releases[functionARN] = r
	}
	return r
}

// Restore takes back what PublishVersion and UpdateAlias did to the function.
// Invocations under way are answered.
func (s *Service) Restore(functionARN string) {
	s.mu.Lock()
	delete(s.releases, functionARN)
	f := s.functions[functionARN]
	if f != nil {
		for c, p := range f.pools {
			if build, ok := s.build(f, c.version); !ok || build != c.build {
				f.retire(p)
			}
		}
	}
	s.mu.Unlock()
	s.provisionAgain(f)
}

// Alias is what an alias of the function points at now.
func (s *Service) Alias(functionARN, name string) (Alias, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.functions[functionARN]
	if !ok {
		return Alias{}, false
	}
	a, ok := s.alias(f, name)
	a.Weights = maps.Clone(a.Weights)
	return a, ok
}

// alias is what an alias points at. The caller has the host's mutex.
func (s *Service) alias(f *function, name string) (Alias, bool) {
	if r := s.releases[f.ARN]; r != nil {
		if a, ok := r.aliases[name]; ok {
			return a, true
		}
	}
	a, ok := f.Aliases[name]
	return a, ok
}

// build is that of a version, if there is one. The caller has the host's mutex.
func (s *Service) build(f *function, version string) (string, bool) {
	if r := s.releases[f.ARN]; r != nil {
		if build, ok := r.builds[version]; ok {
			return build, true
		}
	}
	if version == latest || slices.Contains(f.Versions, version) {
		return f.Build, true
	}
	for _, a := range f.Aliases {
		if _, ok := a.Weights[version]; ok || a.Version == version {
			return f.Build, true
		}
	}
	return "", false
}
