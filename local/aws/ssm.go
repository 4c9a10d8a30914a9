package aws

import (
	"fmt"
	"net/http"
	"strings"

	"annex/local/aws/values"
)

// ssmTarget begins the operations of Systems Manager, which has Parameter Store.
const ssmTarget = "AmazonSSM."

// maxParameters is how many parameters one request may ask for.
const maxParameters = 10

func (r *valueRequest) getParameter() {
	var in struct {
		Name           string
		WithDecryption bool // nothing is encrypted here
	}
	if !r.decode(&in) || !r.namesParameters(in.Name) || !r.allowed(permission{action: "ssm:GetParameter", resource: r.parameterARN(in.Name)}, nil) {
		return
	}
	parameter, found := r.parameter(in.Name)
	if !found {
		jsonFailure(r.w, http.StatusBadRequest, "ParameterNotFound", "Parameter "+in.Name+" not found.")
		return
	}
	r.answer(map[string]any{"Parameter": parameter})
}

func (r *valueRequest) getParameters() {
	var in struct {
		Names          []string
		WithDecryption bool
	}
	if !r.decode(&in) || !r.namesParameters(in.Names...) {
		return
	}
	for _, name := range in.Names {
		if !r.allowed(permission{action: "ssm:GetParameters", resource: r.parameterARN(name)}, nil) {
			return
		}
	}
	found, invalid := []any{}, []string{}
	for _, name := range in.Names {
		if parameter, ok := r.parameter(name); ok {
			found = append(found, parameter)
		} else {
			invalid = append(invalid, name)
		}
	}
	r.answer(map[string]any{"Parameters": found, "InvalidParameters": invalid})
}

// namesParameters checks the names. It is false where they have been refused.
func (r *valueRequest) namesParameters(names ...string) bool {
	invalid := func(message string) bool {
		jsonFailure(r.w, http.StatusBadRequest, "ValidationException", "1 validation error detected: "+message)
		return false
	}
	if len(names) == 0 || len(names) > maxParameters {
		return invalid(fmt.Sprintf("Value at 'names' failed to satisfy constraint: Member must have length between 1 and %d", maxParameters))
	}
	for _, name := range names {
		if name == "" {
			return invalid("Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1")
		}
		if strings.Contains(r.parameterName(name), ":") {
			r.store.unavailable(r.w, fmt.Sprintf("ssm: %s: a version or label of a parameter is not available locally: it has the one value in %s", name, r.store.file))
			return false
		}
	}
	return true
}

// parameter is a parameter as AWS describes it.
func (r *valueRequest) parameter(id string) (parameter map[string]any, found bool) {
	name := r.parameterName(id)
	value, found := parameterIn(r.values, name)
	if !found {
		r.missing("parameter", name)
		return nil, false
	}
	return map[string]any{
		"Name": name, "ARN": r.parameterARN(id), "Type": "String", "DataType": "text", "Value": value,
		"Version": 1, "LastModifiedDate": seconds(r.values.Modified),
	}, true
}

// parameterIn is the value of a parameter. A name means the same with a slash
// before it and without (Systems Manager User Guide, "Requirements and
// constraints for parameter names": such two are not unique).
func parameterIn(v values.Values, name string) (value string, found bool) {
	for _, spelling := range []string{name, "/" + name, strings.TrimPrefix(name, "/")} {
		if value, found := v.Parameters[spelling]; found {
			return value, true
		}
	}
	return "", false
}

// parameterName is the name in a parameter's ARN of this account and region, or
// the name itself.
func (r *valueRequest) parameterName(id string) string {
	if path, ok := strings.CutPrefix(id, r.arn("ssm", "parameter/")); ok {
		if strings.Contains(path, "/") {
			return "/" + path
		}
		return path
	}
	return id
}

func (r *valueRequest) parameterARN(id string) string {
	return r.arn("ssm", "parameter/"+strings.TrimPrefix(r.parameterName(id), "/"))
}
