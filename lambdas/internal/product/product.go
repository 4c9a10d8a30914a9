// Package product is what the shop's handlers know of products, which are the container's. Any handler below lambdas/ may
// import it.
package product

import (
	"fmt"
	"strings"

	"annex/lambdas/internal/httpapi"
)

// ID is the product that a request's path names as {product}. Whether there is such a product is the container's to know.
// The error is a *httpapi.Problem.
func ID(request httpapi.Request) (string, error) {
	const longest = 64
	id := request.PathParameters["product"]
	switch {
	case len(id) > longest:
		return "", httpapi.Invalid("product", fmt.Sprintf("must be no longer than %d characters, was %d", longest, len(id)))
	case id == "" || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return "", httpapi.Invalid("product", fmt.Sprintf("must be lower-case letters, digits and hyphens, was %q", id))
	}
	return id, nil
}
