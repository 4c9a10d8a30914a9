package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// offlineFirsts are the functions of serverless.yml that only answer once, for
// the time of a first response.
const offlineFirsts = 7

// serveOffline starts serverless-offline with the body, which its handler
// answers, on free ports of loopback.
func serveOffline(ctx context.Context, body []byte) (*program, error) {
	folder, err := filepath.Abs("test/bench/serverless")
	if err != nil {
		return nil, err
	}
	node, err := filepath.Abs("node_modules/.bin/node")
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, node, filepath.Join(folder, "node_modules/.bin/serverless"), "offline", "start", //nolint:gosec // this project's own
		"--host", "127.0.0.1", "--httpPort", ports[0], "--lambdaPort", ports[1], "--albPort", ports[2], "--noPrependStageInUrl",
		"--noTimeout") // sixty-four threads at once start slowly
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "BODY="+string(body), "SLS_TELEMETRY_DISABLED=1", "SLS_NOTIFICATIONS_MODE=off", "SLS_INTERACTIVE_SETUP_ENABLE=")
	return startProgram(cmd, "Server ready: ")
}

// offlineStart is the time from starting serverless-offline until its first
// response.
func offlineStart(ctx context.Context, body []byte) (time.Duration, error) {
	began := time.Now()
	p, err := serveOffline(ctx, body)
	if err != nil {
		return 0, err
	}
	defer p.end()
	_, _, err = get(ctx, p.url+"/cart/not-a-cart")
	return time.Since(began), err
}

// freePorts are ports that nobody has at the moment.
func freePorts(n int) ([]string, error) {
	ports := make([]string, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("finding a free port: %w", err)
		}
		defer l.Close() //nolint:errcheck // so that all of them differ
		ports[i] = strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
