package lambda

// Find says whether there is what an ARN means: a function or, with a qualifier
// at its end, one of its versions or aliases. The error is a
// *ResourceNotFoundError.
func (s *Service) Find(functionARN string) error {
	_, _, err := s.resolve(functionARN)
	return err
}

// Shifted says whether what an ARN means is shared by two versions now, or is
// another one than the template says: then it is worth a word which one ran.
func (s *Service) Shifted(functionARN string) bool {
	unqualified, qualifier := splitARN(functionARN)
	f, ok := s.functions[unqualified]
	if !ok {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.alias(f, qualifier)
	return ok && (len(a.Weights) > 0 || a.Version != f.Aliases[qualifier].Version)
}
