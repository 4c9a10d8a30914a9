package lambda

// Find says whether there is what an ARN means: a function or, with a qualifier
// at its end, one of its versions or aliases. The error is a
// *ResourceNotFoundError.
func (s *Service) Find(functionARN string) error {
	_, _, err := s.resolve(functionARN)
	return err
}

// Splits says whether what an ARN means is two versions now, between which its
// invocations are split.
func (s *Service) Splits(functionARN string) bool {
	unqualified, qualifier := splitARN(functionARN)
	if qualifier == "" {
		return false
	}
	a, ok := s.Alias(unqualified, qualifier)
	return ok && len(a.Weights) > 0
}
