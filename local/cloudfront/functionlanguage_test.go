package cloudfront

import (
	"strings"
	"testing"
)

func TestCodeThatCannotRun(t *testing.T) {
	for name, c := range map[string]struct{ runtime, code, want string }{
		"3.8 a mistake":               {runtime2, "function handler(event) {\n  return event.request\n", "test.js:3:1: "},
		"3.8 const in 1.0":            {runtime1, "const x = 1; function handler() {}", "does not have const"},
		"3.8 async in 1.0":            {runtime1, "async function handler() {}", "does not have async"},
		"3.8 classes":                 {runtime2, "class A {}", "does not have class"},
		"3.8 destructuring":           {runtime2, "function handler(event) {\n  var {request} = event;\n}", "test.js:2:7: the runtime cloudfront-js-2.0 does not have destructuring"},
		"3.8 for-of":                  {runtime2, "for (var x of []) {}", "does not have for-of"},
		"3.8 default arguments":       {runtime2, "function handler(a = 1) {}", "does not have default arguments"},
		"3.8 generators":              {runtime2, "function* handler() {}", "does not have generator"},
		"3.8 optional chaining":       {runtime2, "function handler(e) { return e.a?.b; }", "does not have optional chaining"},
		"3.8 nullish coalescing":      {runtime2, "function handler(e) { return e.a ?? 1; }", "does not have the operator ??"},
		"3.8 logical assignment":      {runtime2, "function handler(e) { e.a ||= 1; }", "does not have the operator ||="},
		"3.8 spread in objects":       {runtime2, "function handler(e) { return {...e}; }", "does not have spread"},
		"3.8 Map":                     {runtime2, "function handler(e) { return new Map(); }", "does not have Map"},
		"3.8 eval":                    {runtime2, "function handler(e) { return eval('e'); }", "does not have eval"},
		"3.8 setTimeout":              {runtime2, "function handler(e) { setTimeout(handler, 1); }", "does not have setTimeout"},
		"3.8 Buffer, which AWS has":   {runtime2, "function handler(e) { return Buffer.from('a'); }", "local mode does not have Buffer"},
		"3.8 crypto, which AWS has":   {runtime2, "var c = require('crypto'); function handler(e) {}", "local mode does not have"},
		"3.8 a key value store":       {runtime2, "import cf from 'cloudfront';\nfunction handler(e) { return cf.kvs(); }", `local mode does not have the module "cloudfront"`},
		"3.8 another runtime":         {"cloudfront-js-3.0", "function handler(e) {}", "cloudfront-js-3.0"},
		"3.8 more than 10,240 bytes":  {runtime2, "function handler(e) {}" + strings.Repeat(" ", 10240), "10262 bytes"},
		"3.8 names of its own are it": {runtime2, "function handler(e) { var Map = {}; return Map.x; }", ""},
		"3.8 marks in text are text":  {runtime2, "function handler(e) { return 'a?.b ?? ... Map eval'; }", ""},
		"3.8 1.0 has templates":       {runtime1, "function handler(e) { var f = (a) => `${a ** 2}`; return f(2); }", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewFunction("test", c.runtime, c.code)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("got %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want it to say %q", err, c.want)
			}
		})
	}
}
