package web

import (
	"cmp"
	"strconv"
)

func (p *FunctionProps) memoryMiB() int { return cmp.Or(p.MemoryMiB, 256) }

// memoryLimit is GOMEMLIMIT, by which Go's runtime knows of nine tenths of the
// function's memory. Without it, the runtime lets garbage grow until it is as much
// as what is in use, and Lambda ends a function that takes more than it has; with
// it, the runtime collects more often the nearer it comes. The last tenth is for
// what it does not count, such as the program itself ("A Guide to the Go Garbage
// Collector", Suggested uses: in a container with a memory of its own, leave 5 to
// 10 %).
func (p *FunctionProps) memoryLimit() string {
	return strconv.Itoa(p.memoryMiB()*9/10) + "MiB"
}
