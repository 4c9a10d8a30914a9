package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// throughput measures requests a second through local mode, at 1, 8 and 64
// connections, and the memory that this takes, beside net/http in a process of
// its own and serverless-offline with its Node handler, which answer the same
// body. Local mode runs as many processes of the handler as Lambda would;
// serverless-offline as many threads.
func throughput(ctx context.Context, w workplace) ([]row, error) {
	ours, err := serve(ctx, w)
	if err != nil {
		return nil, err
	}
	defer ours.stop() //nolint:errcheck // what failed before is the error to tell
	if _, err := ours.get(ctx); err != nil {
		return nil, err
	}
	plain, err := servePlain(ctx, w, ours.body)
	if err != nil {
		return nil, err
	}
	defer plain.end()
	offline, err := serveOffline(ctx, ours.body)
	if err != nil {
		return nil, err
	}
	defer offline.end()

	rows, err := firstResponses(ctx, w, ours, offline)
	if err != nil {
		return nil, err
	}
	var targets []target
	for _, address := range []string{ours.url, strings.NewReplacer("://www.", "://api.", "/api/", "/").Replace(ours.url), plain.url, offline.url + "/cart/not-a-cart"} {
		t, err := newTarget(address, ours.body)
		if err != nil {
			return nil, err
		}
		targets = append(targets, t)
	}
	const rounds, window = 5, 2 * time.Second
	const netHTTP, serverless = "net/http serving the same body", "serverless-offline, its Node handler answering the same"
	for _, connections := range []int{1, 8, 64} {
		rates, err := medians(ctx, rounds, connections, window, targets...)
		if err != nil {
			return nil, err
		}
		edge, api, theirs, offlines := rates[0], rates[1], rates[2], rates[3]
		what := fmt.Sprintf("requests/s, connections: %d, ", connections)
		rows = append(rows,
			row{what + "through edge, gateway and Lambda", edge, rounds, netHTTP, theirs},
			row{"the same", edge, rounds, serverless, offlines},
			row{what + "through gateway and Lambda", api, rounds, serverless, offlines})
		if connections == 8 {
			continue
		}
		used, handlers, err := ours.memory(ctx)
		if err != nil {
			return nil, err
		}
		others := make([]memory, 2)
		for i, p := range []*program{plain, offline} {
			if others[i], err = p.memory(ctx); err != nil {
				return nil, err
			}
		}
		what = fmt.Sprintf("memory after that, of local mode and of its handlers, which are %d", handlers)
		rows = append(rows,
			row{what, used, 1, "net/http", others[0]},
			row{"the same", used, 1, "serverless-offline", others[1]})
	}
	return rows, nil
}

// firstResponses measures how soon something is answered: by a function that
// was not called before, and by everything from its start on, which of local
// mode takes in the compiler, with nothing to do, and the databases.
func firstResponses(ctx context.Context, w workplace, ours *server, offline *program) ([]row, error) {
	const colds, starts = 21, 3
	cold, err := median(colds, func() (time.Duration, error) {
		if err := ours.killHandlers(ctx); err != nil {
			return 0, err
		}
		return ours.get(ctx)
	})
	if err != nil {
		return nil, err
	}
	next := 0
	theirs, err := median(offlineFirsts, func() (time.Duration, error) {
		took, _, err := get(ctx, fmt.Sprintf("%s/first%d/not-a-cart", offline.url, next))
		next++
		return took, err
	})
	if err != nil {
		return nil, err
	}
	again := func() (time.Duration, error) {
		began := time.Now()
		server, err := serve(ctx, w, "-state", filepath.Join(w.dir, "started"))
		if err != nil {
			return 0, err
		}
		if _, err := server.get(ctx); err != nil {
			return 0, err
		}
		return time.Since(began), server.stop()
	}
	if _, err := again(); err != nil { // which links the handlers
		return nil, err
	}
	started, err := median(starts, again)
	if err != nil {
		return nil, err
	}
	offlineStarted, err := median(starts, func() (time.Duration, error) { return offlineStart(ctx, ours.body) })
	if err != nil {
		return nil, err
	}
	return []row{
		{"first response of a fresh process, through edge, gateway and Lambda", cold, colds, "a function's first response by serverless-offline", theirs},
		{"from the start until the first response, all of local mode", started, starts, "all of serverless-offline", offlineStarted},
	}, nil
}

// servePlain starts net/http in a process of its own.
func servePlain(ctx context.Context, w workplace, body []byte) (*program, error) {
	binary := filepath.Join(w.dir, "plain")
	if _, err := timed(ctx, ".", nil, "go", "build", "-o", binary, "./test/bench/plain"); err != nil {
		return nil, err
	}
	return startProgram(exec.CommandContext(ctx, binary, string(body)), "http://") //nolint:gosec // what was just built
}
