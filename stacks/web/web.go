// Package web holds the constructs that the stacks are made of: an HTTP API on
// a shared domain name, its routes and functions, and the website that the API
// and an existing container are served beside.
//
// Only stacks/ imports it, and for Close the programs that run the CDK: main.go
// and test/cdktest. It may import stacks/bundle.
//
// A construct is made by NewX(scope, "ID", &XProps{…}). The zero value of a
// prop that is not required means its default. The ID decides logical IDs, so
// changing it replaces resources. A construct that is given props that cannot
// work panics with an *Error.
package web

import "fmt"

// Error is what a construct panics with when it is misused. Its text is one
// sentence that says what was given and what was wanted.
type Error struct {
	construct string // "route", "function"…
	id        string
	err       error
}

func (e *Error) Error() string {
	return fmt.Sprintf("web: %s %q: %v", e.construct, e.id, e.err)
}

// Unwrap gives the error without the name of the construct.
func (e *Error) Unwrap() error { return e.err }
