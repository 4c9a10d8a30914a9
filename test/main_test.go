// Package test compares what is deployed with its snapshots, and runs the
// CDK's command line as a developer does.
package test

import (
	"os"
	"testing"

	"annex/test/cdktest"
)

func TestMain(m *testing.M) { os.Exit(cdktest.Run(m, "..")) }
