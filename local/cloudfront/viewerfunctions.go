package cloudfront

import "net/http"

// viewerRequest runs the behaviour's function at viewer-request. It returns
// the request that goes on, or the response that ends it there.
func (e *Edge) viewerRequest(b *Behaviour, v *viewer, id string) (*viewer, *response) {
	if b.ViewerRequest == nil {
		return v, nil
	}
	asked := v.event()
	result, err := e.call(b.ViewerRequest, v, "viewer-request", asked, nil, id)
	if err == nil && result.response != nil {
		if err = checkResponse(nil, *result.response); err == nil {
			return v, generatedByFunction(*result.response)
		}
	}
	if err == nil {
		if err = checkRequest(asked, *result.request); err == nil {
			return v.rewritten(asked, *result.request), nil
		}
	}
	return v, functionFailed(b.ViewerRequest, err, id)
}

// viewerResponse runs the behaviour's function at viewer-response, which an
// error of the origin is spared (facts §3.8). It sees the headers that the
// response headers policy set: the event is "the actual response", though the
// order of the two is not documented.
func (e *Edge) viewerResponse(b *Behaviour, v *viewer, r *response, id string) *response {
	if b.ViewerResponse == nil || r.status >= http.StatusBadRequest {
		return r
	}
	before := functionResponse{
		statusCode: r.status, statusDescription: http.StatusText(r.status),
		headers: headerFields(r.header), cookies: setCookieFields(r.header.Values("Set-Cookie")),
	}
	result, err := e.call(b.ViewerResponse, v, "viewer-response", v.event(), &before, id)
	if err == nil && result.response == nil {
		err = invalid("want a response, got a request")
	}
	if err == nil {
		err = checkResponse(&before, *result.response)
	}
	if err != nil {
		r.close()
		return functionFailed(b.ViewerResponse, err, id)
	}
	after := result.response
	r.status = after.statusCode
	changeHeaders(r.header, before.headers, after.headers, "warning", "via", "content-length", "transfer-encoding")
	r.header.Del("Set-Cookie")
	for _, line := range setCookieLines(after.cookies) {
		r.header.Add("Set-Cookie", line)
	}
	if after.body != nil {
		r.setBody([]byte(*after.body))
	}
	return r
}

func (e *Edge) call(f *Function, v *viewer, eventType string, request functionRequest, response *functionResponse, id string) (functionResult, error) {
	return f.run(functionEvent{
		distributionDomainName: e.distribution.DomainName, distributionID: e.distribution.ID,
		eventType: eventType, requestID: id, viewerIP: v.ip, request: request, response: response,
	}, e.options.Now(), func(line string) { e.options.FunctionLog(f.Name, id, line) })
}

// generatedByFunction is a response that a function made at viewer-request. No
// error page takes its place.
func generatedByFunction(made functionResponse) *response {
	r := &response{status: made.statusCode, header: http.Header{}, cache: "FunctionGeneratedResponse", generated: true, final: true}
	r.header.Set("Server", "CloudFront")
	changeHeaders(r.header, nil, made.headers, "content-length", "transfer-encoding")
	for _, line := range setCookieLines(made.cookies) {
		r.header.Add("Set-Cookie", line)
	}
	var body []byte
	if made.body != nil {
		body = []byte(*made.body)
	}
	r.setBody(body)
	return r
}

// functionFailed is the answer when a function threw, or returned what is not
// valid. Both have been seen in X-Cache.
func functionFailed(f *Function, err error, id string) *response {
	failure := asExecutionError(f, err)
	status, cache := http.StatusServiceUnavailable, "FunctionExecutionError"
	if failure.invalid {
		status, cache = http.StatusBadGateway, "FunctionValidationError"
	}
	r := generatedError(status, cache, failure.Error()+".", id, failure)
	r.final = true
	return r
}
