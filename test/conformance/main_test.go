package main

import (
	"strings"
	"testing"
)

// What `go test -json` writes, as far as it is looked at.
const written = `
{"Action":"run","Package":"annex/local/lambda","Test":"TestA"}
{"Action":"run","Package":"annex/local/lambda","Test":"TestA/2.3_no_AWS_REGION"}
{"Action":"output","Package":"annex/local/lambda","Test":"TestA/2.3_no_AWS_REGION","Output":"=== RUN   TestA/2.3_no_AWS_REGION\n"}
{"Action":"output","Package":"annex/local/lambda","Test":"TestA/2.3_no_AWS_REGION","Output":"    gap.go:31: does not hold: it is set: here\n"}
{"Action":"output","Package":"annex/local/lambda","Test":"TestA/2.3_no_AWS_REGION","Output":"    --- SKIP: TestA/2.3_no_AWS_REGION (0.00s)\n"}
{"Action":"skip","Package":"annex/local/lambda","Test":"TestA/2.3_no_AWS_REGION"}
{"Action":"output","Package":"annex/local/cloudfront","Test":"TestB/3.1_/api/*_does_not_take_/api","Output":"    x_test.go:5: got /api\n"}
{"Action":"fail","Package":"annex/local/cloudfront","Test":"TestB/3.1_/api/*_does_not_take_/api"}
{"Action":"pass","Package":"annex/local/cloudfront","Test":"TestB/3.1_case_counts"}
{"Action":"pass","Package":"annex/local/apigateway","Test":"TestB/1.10_the_burst_[?]"}
{"Action":"run","Package":"annex/local/apigateway","Test":"TestC/1.2_the_one_that_crashed"}
{"Action":"pass","Package":"annex/local/apigateway","Test":"TestC/no_case"}
{"Action":"output","Package":"annex/local/apigateway","Output":"FAIL\n"}
`

func TestReport(t *testing.T) {
	r, err := read(strings.NewReader(strings.TrimSpace(written)))
	if err != nil {
		t.Fatal(err)
	}
	text, failed := r.report(true)
	if failed != 2 {
		t.Errorf("%d failed, want the one that did and the one that never ended", failed)
	}
	for _, part := range []string{
		"5 cases: 2 hold, 1 are known gaps, 2 fail. Of those that hold, 1 are marked [?]",
		"3.1   CloudFront: behaviour selection                  1 of    2 hold\n      fail /api/* does not take /api\n      pass case counts\n",
		"\n2.3 no AWS_REGION\n      it is set: here\n",
		"\n3.1 /api/* does not take /api\n      x_test.go:5: got /api\n",
		"\n1.2 the one that crashed\n",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
	if got := strings.Join(r.rest, ""); got != "FAIL\n" {
		t.Errorf("beside the cases %q was said", got)
	}
}
