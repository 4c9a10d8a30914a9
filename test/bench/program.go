package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// program is another program that serves, and ends with all that it started.
type program struct {
	cmd *exec.Cmd
	url string
}

// startProgram starts a program and waits until it prints a line with the
// mark, which its address follows or is.
func startProgram(cmd *exec.Cmd, mark string) (*program, error) {
	p := &program{cmd: cmd}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	var printed strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		printed.WriteString(lines.Text() + "\n")
		if _, after, found := strings.Cut(lines.Text(), mark); found {
			address, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(after), "http://"), " ")
			p.url = "http://" + address
			go func() { _, _ = io.Copy(io.Discard, out) }() // its log is not read
			return p, nil
		}
	}
	return nil, errors.Join(fmt.Errorf("%s ended before it served:\n%s", filepath.Base(cmd.Path), printed.String()), cmd.Wait())
}

func (p *program) end() {
	_ = p.cmd.Cancel() // it may have ended
	_ = p.cmd.Wait()   // as it was killed
}

func (p *program) memory(ctx context.Context) (memory, error) {
	all, err := processes(ctx)
	if err != nil {
		return 0, err
	}
	return all[p.cmd.Process.Pid].memory, nil
}

// memory is of the runner and its handlers, without the database that it
// started, and with how many handlers there are.
func (s *server) memory(ctx context.Context) (_ memory, handlers int, _ error) {
	all, err := processes(ctx)
	if err != nil {
		return 0, 0, err
	}
	used := all[s.cmd.Process.Pid].memory
	for _, p := range all {
		if p.parent == s.cmd.Process.Pid && p.isHandler() {
			used += p.memory
			handlers++
		}
	}
	return used, handlers, nil
}

// process is a line of ps.
type process struct {
	parent  int
	memory  memory
	command string
}

func (p process) isHandler() bool { return strings.HasSuffix(p.command, "/bootstrap") }

// processes are the system's, by their numbers.
func processes(ctx context.Context) (map[int]process, error) {
	out, err := exec.CommandContext(ctx, "ps", "-A", "-o", "pid=,ppid=,rss=,args=").Output()
	if err != nil {
		return nil, fmt.Errorf("listing processes: %w", err)
	}
	all := map[int]process{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 4 {
			continue
		}
		var numbers [3]int
		for i := range numbers {
			if numbers[i], err = strconv.Atoi(fields[i]); err != nil {
				return nil, fmt.Errorf("ps printed %q: %w", line, err)
			}
		}
		all[numbers[0]] = process{numbers[1], memory(numbers[2]) << 10, fields[3]}
	}
	return all, nil
}
