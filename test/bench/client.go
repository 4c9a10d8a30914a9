package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// target is a server under load: one URL, which is answered always the same.
type target struct {
	url  *url.URL
	body []byte
}

func newTarget(address string, body []byte) (target, error) {
	u, err := url.Parse(address)
	return target{u, bytes.Clone(body)}, err
}

// rate is how many requests a second the target answers to so many connections
// that are used again and again, in a window that begins once all of them have
// been answered: whatever starts for a connection has started then.
//
// The client writes the same bytes for each request. Client and server share
// the machine's cores, so that what the client spends is missing in the figure;
// net/http's own client spends several times as much.
func (t target) rate(ctx context.Context, connections int, window time.Duration) (number, error) {
	var answered atomic.Int64
	failed := make(chan error, connections)
	stop := make(chan struct{})
	var warm, ended sync.WaitGroup
	warm.Add(connections)
	for range connections {
		ended.Go(func() {
			var first sync.Once
			err := t.ask(ctx, stop, func() { answered.Add(1); first.Do(warm.Done) })
			if err != nil {
				failed <- err
			}
			first.Do(warm.Done)
		})
	}
	warm.Wait()
	before, began := answered.Load(), time.Now()
	timer := time.NewTimer(window)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	n, took := answered.Load()-before, time.Since(began)
	close(stop)
	ended.Wait()
	select {
	case err := <-failed:
		return 0, err
	default:
		return number(float64(int(float64(n) / took.Seconds()))), ctx.Err()
	}
}

// ask asks over one connection until stop is closed. Where a server ends a
// connection that it had answered on before, which Node does when it was too
// busy to see the next request, ask takes another, as every client does.
func (t target) ask(ctx context.Context, stop <-chan struct{}, answered func()) error {
	for {
		before := 0
		err := t.askOver(ctx, stop, func() { before++; answered() })
		if before == 0 || !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
			return err
		}
	}
}

func (t target) askOver(ctx context.Context, stop <-chan struct{}, answered func()) error {
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", t.url.Port()))
	if err != nil {
		return err
	}
	defer connection.Close() //nolint:errcheck // all of it was answered
	request := []byte("GET " + t.url.RequestURI() + " HTTP/1.1\r\nHost: " + t.url.Host + "\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n")
	reader := bufio.NewReader(connection)
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		if _, err := connection.Write(request); err != nil {
			return fmt.Errorf("%s: %w", t.url, err)
		}
		if _, err := reader.Peek(1); err != nil {
			return fmt.Errorf("%s: %w", t.url, err) // EOF, not an unexpected one
		}
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", t.url, err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close() // read to its end
		if err != nil {
			return fmt.Errorf("%s: %w", t.url, err)
		}
		if !bytes.Equal(body, t.body) {
			return fmt.Errorf("%s answered %d %.200q", t.url, response.StatusCode, body)
		}
		answered()
	}
}

// medians are the middle rates of several rounds, in which the targets take
// turns, so that what else the machine does hits all of them.
func medians(ctx context.Context, rounds, connections int, window time.Duration, targets ...target) ([]number, error) {
	rates := make([][]number, len(targets))
	for range rounds {
		for i, t := range targets {
			rate, err := t.rate(ctx, connections, window)
			if err != nil {
				return nil, err
			}
			rates[i] = append(rates[i], rate)
		}
	}
	middle := make([]number, len(targets))
	for i, r := range rates {
		slices.Sort(r)
		middle[i] = r[rounds/2]
	}
	return middle, nil
}
