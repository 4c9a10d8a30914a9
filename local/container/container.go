// Package container is a stand-in for the container service that a team
// already runs: a small shop that answers on /shop/* and knows nothing of
// Lambda, CloudFront or CORS. Only package main of local imports it, to have
// something behind the container's host name when no real service is given.
//
// Its HTTP interface:
//
//	GET /shop/products            {"products":[Product…]}
//	GET /shop/products/{id}       Product
//	GET /shop/images/{id}.svg     the product's picture
//	GET /shop/health              {"status":"ok"}
//
// A Product is {"id","name","description","category","price","image"}; the
// price is {"amount","currency"} with the amount in minor units (cents), the
// image a path on the same host. HEAD works wherever GET does, entity tags are
// strong, and errors are JSON: {"error":"no product \"teapott\""}.
package container

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

//go:embed products.json
var catalogue []byte

//go:embed images/*.svg
var images embed.FS

// How long a client may use a response without asking again. Prices have to be
// right, so product data is checked at each use (a 304 costs little); pictures
// hardly ever change.
const (
	checkEachUse = "no-cache"
	anHour       = "public, max-age=3600"
	never        = "no-store"
)

// Handler returns the shop's HTTP interface, as the package comment describes
// it. The error says which part of the embedded catalogue is malformed.
func Handler() (http.Handler, error) {
	products, err := split(catalogue)
	if err != nil {
		return nil, fmt.Errorf("reading products.json: %w", err)
	}
	mux := http.NewServeMux()
	get(mux, "/shop/products", func(w http.ResponseWriter, r *http.Request) {
		serve(w, r, document{catalogue, "application/json", checkEachUse})
	})
	get(mux, "/shop/products/{id}", func(w http.ResponseWriter, r *http.Request) {
		product, ok := products[r.PathValue("id")]
		if !ok {
			refuse(w, http.StatusNotFound, fmt.Sprintf("no product %q", r.PathValue("id")))
			return
		}
		serve(w, r, document{product, "application/json", checkEachUse})
	})
	get(mux, "/shop/images/{file}", func(w http.ResponseWriter, r *http.Request) {
		image, err := images.ReadFile("images/" + r.PathValue("file"))
		if err != nil {
			refuse(w, http.StatusNotFound, fmt.Sprintf("no image %q", r.PathValue("file")))
			return
		}
		serve(w, r, document{image, "image/svg+xml", anHour})
	})
	get(mux, "/shop/health", func(w http.ResponseWriter, r *http.Request) {
		serve(w, r, document{[]byte(`{"status":"ok"}` + "\n"), "application/json", never})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, fmt.Sprintf("nothing at %q", r.URL.Path))
	})
	return mux, nil
}

// split gives each product of the catalogue, as it is written there, by its id.
func split(catalogue []byte) (map[string][]byte, error) {
	var list struct {
		Products []json.RawMessage `json:"products"`
	}
	if err := json.Unmarshal(catalogue, &list); err != nil {
		return nil, err
	}
	products := make(map[string][]byte, len(list.Products))
	for i, product := range list.Products {
		var named struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(product, &named); err != nil {
			return nil, fmt.Errorf("product %d: %w", i, err)
		}
		if named.ID == "" || products[named.ID] != nil {
			return nil, fmt.Errorf("product %d: id %q is empty or taken", i, named.ID)
		}
		products[named.ID] = product
	}
	return products, nil
}

// get registers a handler for GET and HEAD. ServeMux itself would answer other
// methods with 405 in plain text, and with the catch-all "/" not even that.
func get(mux *http.ServeMux, path string, handler http.HandlerFunc) {
	mux.HandleFunc("GET "+path, handler)
	mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, fmt.Sprintf("%s is not possible here, only GET and HEAD", r.Method))
	})
}

// document is a body with the headers that describe it.
type document struct {
	content      []byte
	contentType  string
	cacheControl string
}

// serve answers with the document, or 304 when the client has it; ServeContent
// knows HEAD, ranges and conditions.
func serve(w http.ResponseWriter, r *http.Request, d document) {
	sum := sha256.Sum256(d.content)
	w.Header().Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
	w.Header().Set("Content-Type", d.contentType)
	w.Header().Set("Cache-Control", d.cacheControl)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(d.content))
}

// refuse answers with an error in JSON. A HEAD request gets the same headers,
// the server drops the body.
func refuse(w http.ResponseWriter, status int, reason string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", never)
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(map[string]string{"error": reason}) // the client went away
}
