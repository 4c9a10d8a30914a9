package httpapi

import (
	"fmt"
	"strconv"
)

// Number is a whole number of the request's query string, from 1 to most; where the request has none, missing. The error is
// a *Problem that names the parameter.
func Number(request Request, parameter string, missing, most int) (int, error) {
	given, ok := request.QueryStringParameters[parameter]
	if !ok {
		return missing, nil
	}
	number, err := strconv.Atoi(given)
	if err != nil || number < 1 || number > most {
		return 0, Invalid(parameter, fmt.Sprintf("must be a whole number from 1 to %d, was %.40q", most, given))
	}
	return number, nil
}
