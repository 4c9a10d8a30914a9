package cloudfront

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// The language that functions are written in is ECMAScript 5.1 and a list of
// later features ("JavaScript runtime 2.0 features for CloudFront Functions",
// and 1.0). What is not on it fails on AWS, some of it only when a viewer asks
// for a page, so it must fail here too, though the engine knows far more.

// laterFeatures are what the runtimes have beyond ECMAScript 5.1, in esbuild's
// names. Methods and computed names in object literals are on neither list and
// are used without trouble.
func laterFeatures(runtime string) map[string]bool {
	modern := runtime == runtime2
	return map[string]bool{
		"arrow": true, "template-literal": true, "rest-argument": true, "exponent-operator": true,
		"object-extensions": true, "regexp-named-capture-groups": true, "regexp-sticky-and-unicode-flags": true,
		"const-and-let": modern, "async-await": modern,
	}
}

// rewritten are the features that esbuild would quietly express in older ones.
// Each is compiled both ways, where its mark is in the code at all: a
// difference means that it is used.
var rewritten = []struct{ feature, mark, name string }{
	{"optional-chain", "?.", "optional chaining (?.)"},
	{"nullish-coalescing", "??", "the operator ??"},
	{"logical-assignment", "&&=", "the operator &&="},
	{"logical-assignment", "||=", "the operator ||="},
	{"logical-assignment", "??=", "the operator ??="},
	{"object-rest-spread", "...", "spread in object literals"},
}

// absentGlobals are not in the runtime. Each was looked for and not found in
// runtime 2.0 (test-function, 2026-09), but eval and the timers, which the
// documentation excludes.
var absentGlobals = []string{
	"Map", "Set", "WeakMap", "WeakSet", "Proxy", "Reflect", "BigInt", "Intl", "URL", "URLSearchParams", "structuredClone",
	"eval", "setTimeout", "setInterval", "setImmediate", "clearTimeout", "fetch", "XMLHttpRequest",
}

// missingGlobals are in the runtime and not here.
var missingGlobals = []string{"Buffer", "TextEncoder", "TextDecoder", "atob", "btoa", "require"}

// absentMethods are not in the runtime either. Calling one throws, as it does
// there.
var absentMethods = map[string][]string{
	"Array.prototype": {
		"flat", "flatMap", "at", "findLast", "findLastIndex", "toSorted", "toReversed", "toSpliced", "with",
	},
	"String.prototype": {"at", "matchAll", "normalize"},
	"Object":           {"fromEntries", "hasOwn", "groupBy"},
}

// transpile is the code as the engine takes it: a script without imports. The
// error is one sentence for the person who wrote the code.
func transpile(name, runtime, code string) (string, error) {
	options := api.TransformOptions{
		Sourcefile: name + ".js", Sourcemap: api.SourceMapInline, Format: api.FormatCommonJS,
		Target: api.ES5, Supported: laterFeatures(runtime), Define: map[string]string{},
	}
	for _, global := range slices.Concat(absentGlobals, missingGlobals) {
		options.Define[global] = marked + global
	}
	result := api.Transform(code, options)
	if len(result.Errors) > 0 {
		return "", syntaxError(runtime, result.Errors[0])
	}
	for _, r := range rewritten {
		if !strings.Contains(code, r.mark) {
			continue
		}
		options.Supported[r.feature] = true
		kept := api.Transform(code, options)
		delete(options.Supported, r.feature)
		if string(kept.Code) != string(result.Code) {
			return "", fmt.Errorf("the runtime %s does not have %s", runtime, r.name)
		}
	}
	transpiled := string(result.Code)
	if module := imported.FindStringSubmatch(transpiled); module != nil {
		return "", fmt.Errorf("local mode does not have the module %s", module[1])
	}
	for _, use := range markedName.FindAllStringSubmatch(transpiled, -1) {
		switch typeof, global := use[1], use[2]; {
		case typeof != "":
			// A question, whose answer is "undefined" as it is there.
		case slices.Contains(missingGlobals, global):
			return "", fmt.Errorf("local mode does not have %s", global)
		default:
			return "", fmt.Errorf("the runtime %s does not have %s", runtime, global)
		}
	}
	return transpiled, nil
}

// marked begins the name that a global gets which must not be used: esbuild
// replaces only names that the code does not declare itself.
const marked = "$absent_"

var (
	markedName = regexp.MustCompile(`(typeof )?\$absent_(\w+)`)
	imported   = regexp.MustCompile(`(?:^|[^$\w])require\((".*?")\)`)
)

// syntaxError says where the code is not what the runtime takes.
func syntaxError(runtime string, message api.Message) error {
	text := message.Text
	if feature, ok := strings.CutPrefix(text, "Transforming "); ok {
		feature, _, _ = strings.Cut(feature, " to the configured")
		text = fmt.Sprintf("the runtime %s does not have %s", runtime, feature)
	}
	if at := message.Location; at != nil {
		return fmt.Errorf("%s:%d:%d: %s", at.File, at.Line, at.Column+1, text)
	}
	return fmt.Errorf("%s", text)
}
