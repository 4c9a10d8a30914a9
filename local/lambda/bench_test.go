package lambda

import (
	"context"
	"testing"
)

const benchmarkEvent = `{"version":"2.0","routeKey":"GET /{cart}","rawPath":"/c0ffee","rawQueryString":"","headers":{"accept":"*/*","host":"api.dev.example.com","user-agent":"curl/8"},"isBase64Encoded":false}`

// BenchmarkInvokeWarm is one invocation after the other in one process: what
// Lambda adds to a handler that does nothing, most of it aws-lambda-go's own.
func BenchmarkInvokeWarm(b *testing.B) {
	s := serve(b, "echo", func(_ *Function, o *Options) { o.Log = nil })
	payload := []byte(benchmarkEvent)
	s.invoke(benchmarkEvent)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Invoke(context.Background(), s.arn, payload); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkInvokeCold is the first invocation of a new environment, from exec
// to answer.
func BenchmarkInvokeCold(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s := serve(b, "echo", func(_ *Function, o *Options) { o.Log = nil })
		b.StartTimer()
		s.invoke(benchmarkEvent)
		b.StopTimer()
		s.Close()
		b.StartTimer()
	}
}
