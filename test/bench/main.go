// Command bench measures what Annex promises to be fast at and prints a
// table: medians of several runs, each beside something named that was
// measured in the same run. `make bench` runs it; nothing imports it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"
)

// row is one line of the table.
type row struct {
	what   string
	figure quantity // of a time, the median
	runs   int
	beside string   // what it is compared with
	theirs quantity // that one's figure
}

// quantity is what a row compares: a time, a number of something, or memory.
type quantity interface {
	String() string
	size() float64
}

// took is a time.
type took time.Duration

func (t took) size() float64 { return float64(t) }

func (t took) String() string {
	switch d := time.Duration(t); {
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%.0f ms", float64(d)/float64(time.Millisecond))
	default:
		return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
	}
}

// number is a count, such as of resources or bytes.
type number float64

func (n number) size() float64 { return float64(n) }

func (n number) String() string { return strconv.FormatFloat(float64(n), 'f', -1, 64) }

// memory is in bytes.
type memory int64

func (m memory) size() float64 { return float64(m) }

func (m memory) String() string { return fmt.Sprintf("%.0f MiB", float64(m)/(1<<20)) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	log := log.New(os.Stderr, "annex: ", 0) // which web.Close takes from those who come later
	only := flag.String("part", "", `measure this part alone, such as "handlers"; default: all`)
	flag.Parse()
	if err := run(ctx, log, *only); err != nil {
		log.Print(err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, log *log.Logger, only string) error {
	dir, err := os.MkdirTemp("", "annex-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	w := workplace{dir: dir, cloud: filepath.Join(dir, "cdk.out"), local: filepath.Join(dir, "local")}
	if only != "" { // or what it takes from other parts is missing
		if err := errors.Join(synthesize(ctx, w), prepare(ctx, w)); err != nil {
			return err
		}
	}
	var rows []row
	for _, part := range []struct {
		name    string
		measure func(context.Context, workplace) ([]row, error)
	}{
		{"synth", synth},
		{"growth", growth},
		{"bundling", bundling},
		{"local mode", local},
		{"reactions", reactions},
		{"throughput", throughput},
		{"edits", edit},
		{"handlers", start},
	} {
		if only != "" && part.name != only {
			continue
		}
		log.Print("measuring ", part.name)
		measured, err := part.measure(ctx, w)
		if err != nil {
			return fmt.Errorf("measuring %s: %w", part.name, err)
		}
		rows = append(rows, measured...)
	}
	if len(rows) == 0 {
		return fmt.Errorf("there is no part %q to measure", only)
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
	_, _ = fmt.Fprintln(table, "what\tfigure\truns\tbeside\tfigure\tratio") // a Writer keeps its error for Flush
	for _, r := range rows {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\t%.3g\n",
			r.what, r.figure, r.runs, r.beside, r.theirs, r.figure.size()/r.theirs.size())
	}
	return table.Flush()
}

// median runs f and returns the median of the times that it reports.
func median(runs int, f func() (time.Duration, error)) (took, error) {
	times := make([]time.Duration, runs)
	for i := range times {
		var err error
		if times[i], err = f(); err != nil {
			return 0, err
		}
	}
	slices.Sort(times)
	return took(times[runs/2]), nil
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
