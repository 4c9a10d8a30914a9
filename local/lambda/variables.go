package lambda

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"
)

// variables are the environment variables of a process, as "name=value": those
// of provided.al2023 and no others, none of this machine's (http-edge.md
// §2.3). Four differ, since what they name is elsewhere here:
// AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT, the X-Ray daemon's addresses, and
// TMPDIR, which Lambda does not set.
func (e *environment) variables(runtimeAPI string) []string {
	f, version := e.pool.function, e.pool.code.version
	all := map[string]string{
		"AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
		"AWS_XRAY_DAEMON_ADDRESS":  "127.0.0.1:2000",
		"LANG":                     "en_US.UTF-8",
		"LD_LIBRARY_PATH":          "/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
		"PATH":                     "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
		"TMPDIR":                   e.temp,
		"TZ":                       ":UTC",
	}
	maps.Copy(all, f.Environment)
	// A template that sets one of these is refused by AWS ("Defined runtime
	// environment variables", reserved).
	maps.Copy(all, map[string]string{
		"AWS_DEFAULT_REGION":              f.Region,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(f.MemoryMiB),
		"AWS_LAMBDA_FUNCTION_NAME":        f.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     version,
		"AWS_LAMBDA_INITIALIZATION_TYPE":  e.initialization(),
		"AWS_LAMBDA_LOG_GROUP_NAME":       f.LogGroup,
		"AWS_LAMBDA_LOG_STREAM_NAME":      e.stream,
		"AWS_REGION":                      f.Region,
		"LAMBDA_RUNTIME_DIR":              "/var/runtime",
		"LAMBDA_TASK_ROOT":                filepath.Dir(e.pool.binary),
		"_AWS_XRAY_DAEMON_ADDRESS":        "127.0.0.1",
		"_AWS_XRAY_DAEMON_PORT":           "2000",
		"_HANDLER":                        f.Handler,
	})
	if f.LogFormat == "JSON" {
		level := f.LogLevel
		if level == "" {
			level = "INFO"
		}
		all["AWS_LAMBDA_LOG_FORMAT"], all["AWS_LAMBDA_LOG_LEVEL"] = "JSON", level
	}
	if extra := e.pool.service.options.Environment; extra != nil {
		maps.Copy(all, extra(f))
	}
	all["AWS_LAMBDA_RUNTIME_API"] = runtimeAPI

	list := make([]string, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, name+"="+all[name])
	}
	return list
}

// initialization is how the environment came to be.
func (e *environment) initialization() string {
	if e.provisioned.Load() {
		return "provisioned-concurrency"
	}
	return "on-demand"
}
