package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"annex/lambdas/internal/httpapi"
	"annex/lambdas/internal/product"
)

// A handler answers the cart's routes. Each answers the whole cart, with its version as its ETag, but for the checkout,
// which answers an order, and for its health.
type handler struct{ carts store }

func (h handler) routes() httpapi.Routes {
	return httpapi.Routes{
		"GET /health":                    httpapi.Health(h.carts.reachable),
		"POST /":                         h.create,
		"GET /{cart}":                    h.get,
		"PUT /{cart}/items/{product}":    h.putItem,
		"DELETE /{cart}/items/{product}": h.deleteItem,
		"POST /{cart}/checkout":          h.checkout,
	}
}

func (h handler) create(ctx context.Context, request httpapi.Request) (httpapi.Response, error) {
	if err := wantNothing(request); err != nil {
		return httpapi.Response{}, err
	}
	created, err := h.carts.create(ctx)
	if err != nil {
		return httpapi.Response{}, err
	}
	return answer(http.StatusCreated, created)
}

func (h handler) get(ctx context.Context, request httpapi.Request) (httpapi.Response, error) {
	id, err := cartID(request)
	if err != nil {
		return httpapi.Response{}, err
	}
	loaded, err := h.carts.load(ctx, id)
	if errors.Is(err, errNoCart) {
		return httpapi.Response{}, notFound()
	}
	if err != nil {
		return httpapi.Response{}, err
	}
	return answer(http.StatusOK, loaded.cart)
}

func (h handler) putItem(ctx context.Context, request httpapi.Request) (httpapi.Response, error) {
	id, err := product.ID(request)
	if err != nil {
		return httpapi.Response{}, err
	}
	var body struct {
		Quantity *int `json:"quantity"`
	}
	if err := httpapi.Decode(request, &body); err != nil {
		return httpapi.Response{}, err
	}
	wanted := fmt.Sprintf("must be a whole number from %d to %d", minQuantity, maxQuantity)
	if body.Quantity == nil {
		return httpapi.Response{}, httpapi.Invalid("quantity", "is missing, "+wanted)
	}
	quantity := *body.Quantity
	if quantity < minQuantity || quantity > maxQuantity {
		return httpapi.Response{}, httpapi.Invalid("quantity", fmt.Sprintf("%s, was %d", wanted, quantity))
	}

	return h.change(ctx, request, func(c *cart) (bool, error) {
		changed, full := c.set(id, quantity)
		if full {
			detail := fmt.Sprintf("must be one of the %d different products in the cart, which can hold no more", maxProducts)
			return false, &httpapi.Problem{
				Status: http.StatusUnprocessableEntity,
				Detail: fmt.Sprintf("The cart holds %d different products, and can hold no more.", maxProducts),
				Errors: []httpapi.FieldError{{Field: "product", Detail: detail}},
			}
		}
		return changed, nil
	})
}

func (h handler) deleteItem(ctx context.Context, request httpapi.Request) (httpapi.Response, error) {
	id, err := product.ID(request)
	if err != nil {
		return httpapi.Response{}, err
	}
	return h.change(ctx, request, func(c *cart) (bool, error) { return c.remove(id), nil })
}

// change loads the request's cart, applies the change, which tells whether it made one, and saves the cart. Where
// somebody else has saved it in between, it starts again from what they left, so that neither change is lost; a request
// with If-Match then finds its version gone, and is refused.
func (h handler) change(ctx context.Context, request httpapi.Request, apply func(*cart) (bool, error)) (httpapi.Response, error) {
	id, err := cartID(request)
	if err != nil {
		return httpapi.Response{}, err
	}
	match, err := parseIfMatch(request.Headers["if-match"])
	if err != nil {
		return httpapi.Response{}, err
	}
	var changed cart
	err = retried(ctx, func() (err error) {
		changed, err = h.changeOnce(ctx, id, match, apply)
		return err
	})
	if err != nil {
		return httpapi.Response{}, err
	}
	return answer(http.StatusOK, changed)
}

func (h handler) changeOnce(ctx context.Context, id string, match precondition, apply func(*cart) (bool, error)) (cart, error) {
	loaded, err := h.carts.load(ctx, id)
	if err != nil {
		return cart{}, err
	}
	current := loaded.cart
	if !match.allows(current.Version) {
		return cart{}, stale(current.Version)
	}
	changed, err := apply(&current)
	if err != nil || !changed {
		return current, err
	}
	err = h.carts.save(ctx, &current) // it counts the version up
	return current, err
}

func answer(status int, c cart) (httpapi.Response, error) {
	response, err := httpapi.JSON(status, c)
	if err == nil {
		response.Headers["ETag"] = etag(c.Version)
	}
	return response, err
}

// stale is the problem of a request with If-Match for a version that is gone.
func stale(version int) *httpapi.Problem {
	return &httpapi.Problem{
		Status: http.StatusPreconditionFailed,
		Detail: fmt.Sprintf("The cart is at version %d by now. Load it, and try again with its ETag.", version),
		Errors: []httpapi.FieldError{{Field: "If-Match", Detail: "must be the cart's version, " + etag(version)}},
	}
}

func notFound() *httpapi.Problem {
	return &httpapi.Problem{
		Status: http.StatusNotFound,
		Detail: "There is no such cart. A cart expires 30 days after its last change.",
		Errors: []httpapi.FieldError{{Field: "cart", Detail: "must be the id of a cart"}},
	}
}

// cartID is the request's cart. An id that no cart can have, see store.create, is not found without asking the table.
func cartID(request httpapi.Request) (string, error) {
	const shortest, longest = 26, 64 // rand.Text promises 26 characters today, and never fewer bits than they hold
	id := request.PathParameters["cart"]
	if len(id) < shortest || len(id) > longest || strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return "", notFound()
	}
	return id, nil
}
