package e2e

import (
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// warmed is the line of the schedule that keeps cart warm in stage dev.
const warmed = "schedule annex-dev-cart/Cart/WarmUp"

func TestAScheduleHasEnvironmentsWarmBeforeTheFirstRequest(t *testing.T) {
	r := serve(t, t.TempDir())
	r.prints(t, warmed, `"message":"environments warmed"`, "→ warmer, cold start ")
	want(t, 201, request(t, "POST", r.site(t, "/api/cart/"), ""))
	r.prints(t, "POST / → cart, warm\n")
	want(t, 200, get(t, r.site(t, "/api/search/?q=mug")))
	r.prints(t, "GET / → search, cold start ")
	r.stop(t)
	for _, line := range []string{
		`\n  cold  warm  init median .*\n`,
		`\n +2 +[1-9]\d* .* 0 +0  cart\n`, // two by the schedule
		`\n +1 +0 +(\S+ ms) +(\S+ ms) +0 +0  search\n`,
	} {
		if !regexp.MustCompile(line).MatchString(r.printed()) {
			t.Errorf("the summary has no line %s", line)
		}
	}
	if strings.Contains(r.printed(), "\x1b") {
		t.Error("there are colours where nobody sees them")
	}
}

func TestAScheduleRunsWithThePermissionsOfItsRole(t *testing.T) {
	assembly := changedAssembly(t, func(resources map[string]map[string]any) {
		for id, r := range resources {
			if r["Type"] == "AWS::IAM::Policy" && strings.Contains(id, "WarmerSchedules") {
				delete(resources, id)
			}
		}
	})
	r := startIn(t, root, assembly, t.TempDir()).wait(t)
	r.prints(t, warmed, "is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:", "; the event is dropped")
	if strings.Contains(r.printed(), "environments warmed") {
		t.Error("it ran all the same")
	}
}

// record is a line of `local -json`.
type record struct {
	Type, Text, Source, Function, Method, Path, Error string
	Time                                              time.Time
	Status                                            int
	Cold                                              *bool
	Addresses                                         []string
	AWS                                               string
	Functions                                         []struct {
		Function                      string
		Cold, Warm, Errors, Throttles int
	}
}

// records are the runner's lines, each of which has to be a JSON object.
func (r *runner) records(t *testing.T) []record {
	t.Helper()
	var all []record
	for line := range strings.Lines(r.printed()) {
		var one record
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if one.Type == "" || one.Time.IsZero() {
			t.Errorf("a line has no type or time: %s", line)
		}
		all = append(all, one)
	}
	return all
}

// record waits for one that is as it should be.
func (r *runner) record(t *testing.T, what string, condition func(record) bool) record {
	t.Helper()
	for limit := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		for _, one := range r.records(t) {
			if condition(one) {
				return one
			}
		}
		if time.Now().After(limit) {
			t.Fatalf("there is no record of %s", what)
		}
	}
}

func TestAScheduleWithoutItsGrantRunsNothing(t *testing.T) {
	assembly := changedAssembly(t, func(resources map[string]map[string]any) {
		maps.DeleteFunc(resources, func(id string, _ map[string]any) bool { return strings.HasPrefix(id, "WarmerSchedulesDefaultPolicy") })
	})
	r := startIn(t, root, assembly, t.TempDir()).wait(t)
	r.prints(t, warmed, "is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:eu-west-1:111122223333:function:annex-dev-cart-Warmer", "the event is dropped")
	r.stop(t)
	if printed := r.printed(); strings.Contains(printed, "environments warmed") {
		t.Errorf("the warmer runs:\n%s", printed)
	}
}

// TestProvisionedEnvironmentsServeTheFirstRequest gives cart two of them, and
// its warmer none at all, and reads what the runner says as a machine would.
func TestProvisionedEnvironmentsServeTheFirstRequest(t *testing.T) {
	assembly := changedAssembly(t, func(resources map[string]map[string]any) {
		for id, r := range resources {
			properties, _ := r["Properties"].(map[string]any)
			metadata, _ := r["Metadata"].(map[string]any)
			switch {
			case r["Type"] == "AWS::Lambda::Alias" && strings.HasPrefix(id, "CartLive"):
				properties["ProvisionedConcurrencyConfig"] = map[string]any{"ProvisionedConcurrentExecutions": 2}
			case metadata["annex:handler"] == "lambdas/warmer":
				properties["ReservedConcurrentExecutions"] = 0
			}
		}
	})
	r := startIn(t, root, assembly, t.TempDir(), "-json")
	ready := r.record(t, "being ready", func(x record) bool { return x.Type == "ready" })
	r.record(t, "what is provisioned", func(x record) bool {
		return x.Text == "provisioned concurrency: 2 environments are ready"
	})

	want(t, 201, request(t, "POST", ready.Addresses[0]+"/api/cart/", ""))
	first := r.record(t, "the first request", func(x record) bool { return x.Type == "request" && x.Method == "POST" })
	if first.Status != 201 || first.Function != "cart" || first.Path != "/api/cart/" || first.Cold == nil || *first.Cold {
		t.Errorf("the first request is told as %+v", first)
	}

	r.record(t, "the schedule's throttled run", func(x record) bool {
		return x.Type == "run" && x.Source == warmed && strings.Contains(x.Error, "TooManyRequestsException")
	})
	functions := lambda.New(lambda.Options{
		Region: "eu-west-1", BaseEndpoint: &ready.AWS, Credentials: credentials.NewStaticCredentialsProvider("root", "root", ""),
		Retryer: retry.AddWithMaxAttempts(retry.NewStandard(), 1),
	})
	throttled := regexp.MustCompile(`function (\S+) reserves 0`).FindStringSubmatch(r.printed())
	if throttled == nil {
		t.Fatal("nothing says which function is throttled")
	}
	_, err := functions.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: sdk.String(throttled[1] + ":live")})
	busy, ok := errors.AsType[*types.TooManyRequestsException](err)
	if !ok || busy.Reason != types.ThrottleReasonReservedFunctionConcurrentInvocationLimitExceeded {
		t.Errorf("a function that may not run is invoked: %v", err)
	}

	r.stop(t)
	all := r.records(t)
	last := all[len(all)-1]
	if last.Type != "summary" {
		t.Fatalf("the last record is %+v", last)
	}
	for _, f := range last.Functions {
		switch f.Function {
		case "cart":
			if f.Cold != 0 || f.Warm != 1 || f.Errors != 0 {
				t.Errorf("the summary of cart is %+v", f)
			}
		case "warmer":
			if f.Cold+f.Warm != 0 || f.Throttles < 2 {
				t.Errorf("the summary of the warmer is %+v", f)
			}
		}
	}
	if len(last.Functions) != 3 { // and the indexer, of the catalogue that was deployed
		t.Errorf("the summary is of %+v", last.Functions)
	}
}
