package main

import (
	"context"
	"errors"
	"net/http"

	"annex/lambdas/internal/httpapi"
)

// checkout makes an order of the cart's items for the customer who is signed in, and empties the cart. It answers 201
// with the order.
//
// The same request may be sent again, by a client that lost the answer or by a shopper who clicked twice: as long as
// nobody has changed the emptied cart, the customer who emptied it is answered the same order, with 200, for nothing
// was created this time. That holds for a request with If-Match too, though the version that it names is gone: a server
// may do so where it can tell that the change has been made already (RFC 9110 §13.1.1).
func (h handler) checkout(ctx context.Context, request httpapi.Request) (httpapi.Response, error) {
	customer, err := customerOf(request)
	if err != nil {
		return httpapi.Response{}, err
	}
	if err := wantNothing(request); err != nil {
		return httpapi.Response{}, err
	}
	id, err := cartID(request)
	if err != nil {
		return httpapi.Response{}, err
	}
	match, err := parseIfMatch(request.Headers["if-match"])
	if err != nil {
		return httpapi.Response{}, err
	}
	var o order
	var made bool
	err = retried(ctx, func() (err error) {
		o, made, err = h.checkoutOnce(ctx, customer, id, match)
		return err
	})
	switch {
	case err != nil:
		return httpapi.Response{}, err
	case made:
		return httpapi.JSON(http.StatusCreated, o)
	}
	return httpapi.JSON(http.StatusOK, o)
}

// checkoutOnce gives the order, and whether it made it or found it made.
func (h handler) checkoutOnce(ctx context.Context, customer, id string, match precondition) (o order, made bool, err error) {
	current, err := h.carts.load(ctx, id)
	if err != nil {
		return order{}, false, err
	}
	if current.order != "" && (match.allows(current.Version) || match.allows(current.Version-1)) {
		o, found, err := h.carts.placed(ctx, customer, current.order)
		if err != nil || found {
			return o, false, err
		}
		// Another customer's: to this one the cart is empty, and no more.
	}
	if !match.allows(current.Version) {
		return order{}, false, stale(current.Version)
	}
	if len(current.Items) == 0 {
		return order{}, false, &httpapi.Problem{
			Status: http.StatusUnprocessableEntity,
			Detail: "The cart is empty, so there is nothing to order. Put a product into it first.",
			Errors: []httpapi.FieldError{{Field: "cart", Detail: "must hold at least one product"}},
		}
	}
	o = newOrder(current, h.carts.now())
	return o, true, h.carts.place(ctx, customer, current, o)
}

// customerOf is the subject of the token that the route's authorizer has checked. Without an authorizer there is none,
// which is the stack's mistake and not the client's.
func customerOf(request httpapi.Request) (string, error) {
	authorizer := request.RequestContext.Authorizer
	if authorizer == nil || authorizer.JWT == nil || authorizer.JWT.Claims["sub"] == "" {
		return "", &httpapi.Problem{
			Status: http.StatusInternalServerError,
			Cause:  errors.New("the request has no claim sub: the stack gives this route an authorizer that checks tokens"),
		}
	}
	return authorizer.JWT.Claims["sub"], nil
}

// wantNothing refuses a body that says anything.
func wantNothing(request httpapi.Request) error {
	if request.Body == "" {
		return nil
	}
	return httpapi.Decode(request, &struct{}{})
}
