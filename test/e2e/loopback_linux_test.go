package e2e

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Nobody else on the network is to reach what one runs for oneself: neither the
// runner, nor the database, nor an execution environment's Runtime API.
func TestNothingListensOffLoopback(t *testing.T) {
	r := serve(t, t.TempDir())
	want(t, 201, request(t, "POST", r.site(t, "/api/cart/"), ""))
	want(t, 200, get(t, r.site(t, "/api/search/?q=mug")))
	want(t, 200, get(t, r.site(t, "/shop/products")))

	processes := descendants(t, r.cmd.Process.Pid)
	for what, part := range map[string]string{"database": "node", "handler": "bootstrap"} {
		if !slices.ContainsFunc(values(processes), func(command string) bool { return strings.Contains(command, part) }) {
			t.Fatalf("no %s is among the processes %v", what, processes)
		}
	}
	processes[r.cmd.Process.Pid] = "the runner"
	owners := map[string]string{} // processes by their sockets' inodes
	for pid, command := range processes {
		for _, inode := range sockets(t, pid) {
			owners[inode] = command
		}
	}
	found := map[string]bool{}
	for _, socket := range listening(t) {
		command, ours := owners[socket.inode]
		if !ours {
			continue
		}
		found[command] = true
		if !socket.address.Addr().Unmap().IsLoopback() {
			t.Errorf("%s listens at %s %s, which is not loopback", command, socket.protocol, socket.address)
		}
	}
	if !found["the runner"] || len(found) < 2 { // and the database
		t.Errorf("only %v listen: the test shows nothing", found)
	}
}

func values(m map[int]string) []string {
	var list []string
	for _, v := range m {
		list = append(list, v)
	}
	return list
}

// sockets are the inodes of a process's sockets. One that has ended has none.
func sockets(t *testing.T, pid int) []string {
	t.Helper()
	folder := filepath.Join("/proc", strconv.Itoa(pid), "fd")
	files, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var inodes []string
	for _, file := range files {
		target, err := os.Readlink(filepath.Join(folder, file.Name()))
		if err != nil {
			continue // it was closed
		}
		if inode, ok := strings.CutPrefix(target, "socket:["); ok {
			inodes = append(inodes, strings.TrimSuffix(inode, "]"))
		}
	}
	return inodes
}

// socket is one that takes connections, or, for UDP, packets of anybody.
type socket struct {
	protocol, inode string
	address         netip.AddrPort
}

// listening are the sockets of the machine, as proc(5) has them.
func listening(t *testing.T) []socket {
	t.Helper()
	var list []socket
	for protocol, state := range map[string]string{"tcp": "0A", "tcp6": "0A", "udp": "07", "udp6": "07"} {
		text, err := os.ReadFile(filepath.Join("/proc/net", protocol))
		if errors.Is(err, fs.ErrNotExist) {
			continue // a machine without IPv6
		} else if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			if len(fields) < 10 || fields[3] != state {
				continue
			}
			list = append(list, socket{protocol, fields[9], address(t, fields[1])})
		}
	}
	return list
}

// address reads an address and port of /proc/net, whose address is of words of
// four bytes in the machine's order: little-endian where Lambda's and these are.
func address(t *testing.T, text string) netip.AddrPort {
	t.Helper()
	ip, port, _ := strings.Cut(text, ":")
	raw, err := hex.DecodeString(ip)
	if err != nil {
		t.Fatal(err)
	}
	for word := range slices.Chunk(raw, 4) {
		slices.Reverse(word)
	}
	addr, ok := netip.AddrFromSlice(raw)
	n, err := strconv.ParseUint(port, 16, 16)
	if err != nil || !ok {
		t.Fatalf("/proc/net has the address %q", text)
	}
	return netip.AddrPortFrom(addr, uint16(n))
}
