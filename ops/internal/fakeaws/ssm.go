package fakeaws

import "net/http"

var ssmOperations = map[string]operation{
	"GetParameter": func(a *Account, r *request) (any, error) {
		in := input[struct {
			Name           string
			WithDecryption bool
		}](r)
		value, ok := a.Parameters[r.region+" "+in.Name]
		if !ok {
			return nil, refuse(http.StatusBadRequest, "ParameterNotFound", "")
		}
		if a.encrypted[r.region+" "+in.Name] && !in.WithDecryption {
			value = "AQICAHg0encrypted"
		}
		return map[string]any{"Parameter": map[string]any{"Name": in.Name, "Value": value}}, nil
	},
	"PutParameter": func(a *Account, r *request) (any, error) {
		in := input[struct {
			Name, Value, Type string
			Overwrite         bool
		}](r)
		key := r.region + " " + in.Name
		if _, there := a.Parameters[key]; there && !in.Overwrite {
			return nil, refuse(http.StatusBadRequest, "ParameterAlreadyExists", "The parameter already exists.")
		}
		if len(in.Value) > 4096 {
			return nil, refuse(http.StatusBadRequest, "ValidationException", "Standard tier parameters support a maximum parameter value of 4096 characters.")
		}
		a.Parameters[key] = in.Value
		a.encrypted[key] = in.Type == "SecureString"
		return map[string]any{"Version": 1}, nil
	},
}
