package lambda

import "slices"

// Count is how many execution environments a function has, of all its versions
// and builds.
type Count struct {
	Idle int // they wait for an event
	Busy int
}

// Count says how many environments there are now, by the functions' names. A
// function that has none is not in it.
func (s *Service) Count() map[string]Count {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := map[string]Count{}
	for e := range s.environments {
		c := counts[e.pool.function.Name]
		if slices.Contains(e.pool.idle, e) {
			c.Idle++
		} else {
			c.Busy++
		}
		counts[e.pool.function.Name] = c
	}
	return counts
}
