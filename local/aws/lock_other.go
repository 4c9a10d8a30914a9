//go:build !unix || solaris || illumos || aix

package aws

import "os"

// lockFile does nothing where there is no flock: dynalite's own lock then
// keeps a second process away from DynamoDB's data.
func lockFile(*os.File) error { return nil }
