package apigateway

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// The quotas that a client can see (§1.7).
const (
	maxIntegrationTimeout = 30 * time.Second
	minIntegrationTimeout = 50 * time.Millisecond
	maxHeaderBytes        = 10_240   // request line and header values together
	maxBodyBytes          = 10 << 20 // "exceeded 10485760 bytes" is what the front of a REST API says
)

// headerBytes is what counts against maxHeaderBytes.
func headerBytes(method, target, host string, header http.Header) int {
	n := len(method) + len(" ") + len(target) + len(" HTTP/1.1") + len(host)
	for _, values := range header {
		for _, value := range values {
			n += len(value)
		}
	}
	return n
}

// readBody reads the request's body, up to what API Gateway takes.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return nil, nil
	}
	if r.ContentLength > maxBodyBytes {
		return nil, bodyTooLarge(fmt.Errorf("the body has %d bytes, API Gateway takes %d", r.ContentLength, maxBodyBytes))
	}
	if r.ContentLength > 0 {
		body := make([]byte, r.ContentLength)
		if _, err := io.ReadFull(r.Body, body); err != nil {
			return nil, fmt.Errorf("reading the request's body: %w", err)
		}
		return body, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBodyBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading the request's body: %w", err)
	}
	if len(body) > maxBodyBytes {
		return nil, bodyTooLarge(errors.New("the body has more bytes than API Gateway takes"))
	}
	return body, nil
}
