package lambda

// Find says whether there is what an ARN means: a function or, with a qualifier
// at its end, one of its versions or aliases. The error is a
// *ResourceNotFoundError.
func (s *Service) Find(functionARN string) error {
	_, _, err := s.resolve(functionARN)
	return err
}
