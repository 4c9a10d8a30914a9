package main

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"time"
)

// An order is what a customer has bought, as the API answers it. Like a cart it has products and quantities only:
// what they cost, and whether they are there, is the container's to say when it takes the order.
type order struct {
	ID     string    `json:"order"`
	Items  []item    `json:"items"`
	Placed time.Time `json:"placed"` // in UTC, to the second
}

// newOrder is the order of a cart as it is. Its id is the same whenever it is made from the same change of the same
// cart, and does not tell the cart's id, which is all that one needs to change it.
func newOrder(c keptCart, now time.Time) order {
	return order{
		ID:     digest(fmt.Sprintf("order of %s at version %d by %s", c.ID, c.Version, c.write)),
		Items:  c.Items,
		Placed: now.UTC().Truncate(time.Second),
	}
}

// digest is a hash in the letters of a cart's id, and with as many bits, which nobody can turn back.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base32.StdEncoding.EncodeToString(sum[:])[:26]
}
