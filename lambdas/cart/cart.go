package main

import "slices"

// maxProducts is how many different products a cart holds: enough for any shopper, and few enough that a cart stays a
// small item of the table.
const maxProducts = 100

// minQuantity and maxQuantity bound how many of one product a cart holds.
const (
	minQuantity = 1
	maxQuantity = 99
)

// A cart is what a shopper means to buy, as the API answers it. It knows products by their ids only: names and prices
// are the container's.
type cart struct {
	ID string `json:"id"`
	// Version counts the cart's changes, from 1 for the new cart.
	Version int    `json:"version"`
	Items   []item `json:"items"` // in the order in which the products were added
}

// An item is one product in a cart.
type item struct {
	Product  string `json:"product"`
	Quantity int    `json:"quantity"`
}

// set puts a product into the cart, or changes its quantity. It tells whether the cart has changed, or that it is full.
func (c *cart) set(product string, quantity int) (changed, full bool) {
	at := c.find(product)
	switch {
	case at >= 0 && c.Items[at].Quantity == quantity:
		return false, false
	case at >= 0:
		c.Items[at].Quantity = quantity
	case len(c.Items) >= maxProducts:
		return false, true
	default:
		c.Items = append(c.Items, item{Product: product, Quantity: quantity})
	}
	return true, false
}

// remove takes a product out of the cart, and tells whether it was there.
func (c *cart) remove(product string) (changed bool) {
	at := c.find(product)
	if at < 0 {
		return false
	}
	c.Items = slices.Delete(c.Items, at, at+1)
	return true
}

func (c *cart) find(product string) int {
	return slices.IndexFunc(c.Items, func(i item) bool { return i.Product == product })
}
