package lambda

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The environment of provided.al2023 (http-edge.md §2.3).
func TestVariablesAreLambdasAndNoOthers(t *testing.T) {
	t.Setenv("HOME_OF_THE_RUNNER", "leaks")
	var temp string
	s := serve(t, "acts", func(f *Function, o *Options) {
		temp = o.TempDir
		f.Environment = map[string]string{"CARTS_TABLE": "carts", "TZ": "Europe/Berlin", "AWS_REGION": "mars-1", "AWS_ENDPOINT_URL": "template"}
		o.Environment = func(f Function) map[string]string {
			return map[string]string{"AWS_ACCESS_KEY_ID": "key of " + f.Name, "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_LAMBDA_RUNTIME_API": "nowhere"}
		}
	})
	var got struct {
		Variables    []string
		Folder, Temp string
	}
	s.decoded(`{"Act":"environment"}`, &got)

	folder := filepath.Join(binaries, "acts")
	want := []string{
		"AWS_ACCESS_KEY_ID=key of acts",
		"AWS_DEFAULT_REGION=eu-west-1",
		"AWS_ENDPOINT_URL=http://127.0.0.1:1",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256",
		"AWS_LAMBDA_FUNCTION_NAME=acts",
		"AWS_LAMBDA_FUNCTION_VERSION=1",
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/acts",
		"AWS_LAMBDA_LOG_STREAM_NAME=DATE/[1]HEX",
		"AWS_LAMBDA_RUNTIME_API=127.0.0.1:PORT",
		"AWS_REGION=eu-west-1",
		"AWS_XRAY_CONTEXT_MISSING=LOG_ERROR",
		"AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2000",
		"CARTS_TABLE=carts",
		"LAMBDA_RUNTIME_DIR=/var/runtime",
		"LAMBDA_TASK_ROOT=" + folder,
		"LANG=en_US.UTF-8",
		"LD_LIBRARY_PATH=/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
		"PATH=/usr/local/bin:/usr/bin/:/bin:/opt/bin",
		"TMPDIR=" + got.Temp,
		"TZ=Europe/Berlin",
		"_AWS_XRAY_DAEMON_ADDRESS=127.0.0.1",
		"_AWS_XRAY_DAEMON_PORT=2000",
		"_HANDLER=bootstrap",
		"_X_AMZN_TRACE_ID=TRACE", // set by aws-lambda-go
	}
	slices.Sort(got.Variables)
	seen := strings.Join(got.Variables, "\n")
	for pattern, name := range map[string]string{
		`\d{4}/\d\d/\d\d/`:        "DATE/",
		`\][0-9a-f]{32}`:          "]HEX",
		`127\.0\.0\.1:[1-9]\d{4}`: "127.0.0.1:PORT",
		`Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0`: "TRACE",
	} {
		seen = regexp.MustCompile(pattern).ReplaceAllString(seen, name)
	}
	for _, variable := range want {
		name, _, _ := strings.Cut(variable, "=")
		t.Run("2.3 "+name, func(t *testing.T) {
			if !slices.Contains(strings.Split(seen, "\n"), variable) {
				t.Errorf("%s is not among\n%s", variable, seen)
			}
		})
	}
	t.Run("2.3 no AWS_EXECUTION_ENV, no HOME, nothing from the host", func(t *testing.T) {
		if diff := cmp.Diff(want, strings.Split(seen, "\n")); diff != "" {
			t.Error(diff)
		}
	})
	if got.Folder != folder {
		t.Errorf("runs in %s, want %s", got.Folder, folder)
	}
	if filepath.Dir(got.Temp) != temp {
		t.Errorf("temporary files are in %s, want a folder in %s", got.Temp, temp)
	}
}

func TestVariablesFollowTheLogFormat(t *testing.T) {
	for name, c := range map[string]struct {
		format, level string
		want          []string
	}{
		"text":           {"Text", "", nil},
		"JSON":           {"JSON", "", []string{"AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_LAMBDA_LOG_LEVEL=INFO"}},
		"JSON and level": {"JSON", "WARN", []string{"AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_LAMBDA_LOG_LEVEL=WARN"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := Function{LogFormat: c.format, LogLevel: c.level}
			e := &environment{pool: &pool{service: &host{}, function: f}}
			var got []string
			for _, v := range e.variables("") {
				if strings.HasPrefix(v, "AWS_LAMBDA_LOG_FORMAT") || strings.HasPrefix(v, "AWS_LAMBDA_LOG_LEVEL") {
					got = append(got, v)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTemporaryFilesOutliveAResetButNotTheService(t *testing.T) {
	s := serve(t, "acts", nil)
	var got struct{ Temp string }
	s.decoded(`{"Act":"environment"}`, &got)
	s.invoke(`{"Act":"write","Text":"kept"}`)
	s.invoke(`{"Act":"exit"}`)
	var text string
	if s.decoded(`{"Act":"read"}`, &text); text != "kept" {
		t.Errorf("after a reset the file holds %q", text)
	}
	s.Close()
	if left, _ := filepath.Glob(got.Temp + "*"); len(left) > 0 {
		t.Errorf("Close left %v", left)
	}
}
