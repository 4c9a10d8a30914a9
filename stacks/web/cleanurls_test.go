package web

import (
	"testing"

	"github.com/dop251/goja"
)

func TestCleanURLs(t *testing.T) {
	runtime := goja.New()
	if _, err := runtime.RunString(cleanURLs); err != nil {
		t.Fatal(err)
	}
	handler, ok := goja.AssertFunction(runtime.Get("handler"))
	if !ok {
		t.Fatal("there is no handler")
	}
	for _, test := range []struct{ uri, want string }{
		{"/", "/index.html"},
		{"/basket", "/basket/index.html"},
		{"/basket/", "/basket/index.html"},
		{"/basket.d/", "/basket.d/index.html"},
		{"/v1.2/notes", "/v1.2/notes/index.html"},
		{"/config.json", "/config.json"},
		{"/img/mug.svg", "/img/mug.svg"},
	} {
		t.Run(test.uri, func(t *testing.T) {
			event := map[string]any{"request": map[string]any{"method": "GET", "uri": test.uri}}
			request, err := handler(goja.Undefined(), runtime.ToValue(event))
			if err != nil {
				t.Fatal(err)
			}
			if got := request.ToObject(runtime).Get("uri").String(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
