package aws

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"annex/local/aws/values"
)

// maxValueRequest is more than any request for values has.
const maxValueRequest = 1 << 16

// valueStore is Secrets Manager and Parameter Store, as far as handlers read
// from them: the values are those of a file, which is read at each request, so
// that an edit counts at once.
type valueStore struct {
	endpoint *Endpoint
	file     string
}

// valueRequest is one request for values.
type valueRequest struct {
	store  *valueStore
	w      http.ResponseWriter
	caller caller
	region string
	body   []byte
	values values.Values
}

// serve answers one request of a caller. Its target is secretsmanager.<operation>
// or AmazonSSM.<operation>.
func (s *valueStore) serve(w http.ResponseWriter, r *http.Request, c caller, sc scope) {
	target := r.Header.Get("X-Amz-Target")
	operations := map[string]func(*valueRequest){
		"secretsmanager.GetSecretValue": (*valueRequest).getSecretValue,
		"secretsmanager.DescribeSecret": (*valueRequest).describeSecret,
		"AmazonSSM.GetParameter":        (*valueRequest).getParameter,
		"AmazonSSM.GetParameters":       (*valueRequest).getParameters,
	}
	serve, known := operations[target]
	if !known {
		service, operation, _ := strings.Cut(target, ".")
		if service == "AmazonSSM" {
			service = "ssm"
		}
		s.unavailable(w, fmt.Sprintf("%s: %s is not available locally: local mode only reads values, and they are in %s", service, operation, s.file))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxValueRequest))
	if err != nil {
		jsonFailure(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "the request is larger than 64 KB, or broke off")
		return
	}
	v, err := values.Read(s.file)
	if err != nil {
		s.unavailable(w, err.Error())
		return
	}
	serve(&valueRequest{store: s, w: w, caller: c, region: sc.region, body: body, values: v})
}

// unavailable answers what local mode cannot; the SDKs do not try it again.
func (s *valueStore) unavailable(w http.ResponseWriter, message string) {
	s.endpoint.log.Print(message)
	jsonFailure(w, http.StatusNotImplemented, "NotImplementedException", message)
}

// decode reads the body. It is false where that has been refused.
func (r *valueRequest) decode(into any) bool {
	if err := json.Unmarshal(r.body, into); err != nil {
		jsonFailure(r.w, http.StatusBadRequest, "SerializationException", "the request is no JSON object of this operation")
		return false
	}
	return true
}

// allowed says whether the caller may do it; where not, that has been answered.
// The context has condition keys of the request.
func (r *valueRequest) allowed(p permission, context map[string]string) bool {
	denied := r.store.endpoint.authorize(r.caller, p, r.region, nil, context)
	if denied != "" {
		jsonFailure(r.w, http.StatusBadRequest, "AccessDeniedException", string(denied))
	}
	return denied == ""
}

// missing logs that a value was asked for that the file lacks.
func (r *valueRequest) missing(kind, name string) {
	who := "root"
	if r.caller.role != nil {
		who = r.caller.role.Session
	}
	r.store.endpoint.log.Printf("%s reads the %s %s, which is not in %s: add %q to its %q", who, kind, name, r.store.file, name, kind+"s")
}

func (r *valueRequest) answer(body any) {
	r.w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	write(r.w, http.StatusOK, encoded(body))
}

// arn is that of a resource of the caller's account, in the region that the
// request is for.
func (r *valueRequest) arn(service, resource string) string {
	return r.store.endpoint.arn(r.caller, r.region, service, resource)
}

// seconds is a time as AWS's JSON has it.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
