// Command bench measures what Annex promises to be fast at and prints a
// table: medians of several runs, each beside something named that was
// measured in the same run. `make bench` runs it; nothing imports it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"
)

// row is one line of the table.
type row struct {
	what   string
	took   time.Duration // median
	runs   int
	beside string        // what it is compared with
	theirs time.Duration // median of that
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "annex: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "annex-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	w := workplace{dir: dir, cloud: filepath.Join(dir, "cdk.out"), local: filepath.Join(dir, "local")}
	var rows []row
	for _, part := range []struct {
		name    string
		measure func(context.Context, workplace) ([]row, error)
	}{
		{"synth", synth},
		{"bundling", bundling},
		{"local mode", local},
	} {
		fmt.Fprintf(os.Stderr, "annex: measuring %s\n", part.name)
		measured, err := part.measure(ctx, w)
		if err != nil {
			return fmt.Errorf("measuring %s: %w", part.name, err)
		}
		rows = append(rows, measured...)
	}
	return print(rows)
}

// workplace is where the parts leave things for each other.
type workplace struct {
	dir   string
	cloud string // the cloud assembly of stage dev; synth writes it
	local string // the compiled runner
}

func print(rows []row) error {
	fmt.Printf("%s/%s, %d cores, %s\n\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "what\tmedian\truns\tbeside\tmedian\tratio") // a Writer keeps its error for Flush
	for _, r := range rows {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\t%.2f\n",
			r.what, figure(r.took), r.runs, r.beside, figure(r.theirs), float64(r.took)/float64(r.theirs))
	}
	return table.Flush()
}

func figure(d time.Duration) string {
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%.0f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

// median runs f and returns the median of the times that it reports.
func median(runs int, f func() (time.Duration, error)) (time.Duration, error) {
	times := make([]time.Duration, runs)
	for i := range times {
		var err error
		if times[i], err = f(); err != nil {
			return 0, err
		}
	}
	slices.Sort(times)
	return times[runs/2], nil
}

// timed is how long the command takes, from its start to its end.
func timed(ctx context.Context, dir string, environment []string, name string, args ...string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // this program's own commands
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), environment...)
	started := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return time.Since(started), nil
}
