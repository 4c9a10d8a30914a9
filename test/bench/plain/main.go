// Command plain is what the benchmark compares local mode with: net/http, which
// answers every request as the cart answers one for a cart that is not there.
// Its argument is the body. It prints its address, and serves until it is
// killed.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("http://" + listener.Addr().String())
	body := os.Args[1]
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, body) //nolint:gosec // the benchmark's own text; the client sees a failure
	})}
	log.Fatal(server.Serve(listener))
}
