// Command raw is a runtime that speaks the Runtime API itself, and tries what
// aws-lambda-go never does. It answers with the statuses and bodies it got.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"strings"
	"time"
)

type reply struct {
	Status int
	Body   string
}

func main() {
	base := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API")
	const runtime = "/2018-06-01/runtime"
	for {
		rebound := map[string]reply{
			"no event for another host": askAs("evil.example", "GET", base+runtime+"/invocation/next", ""),
			"nor for another port":      askAs("127.0.0.1", "GET", base+runtime+"/invocation/next", ""),
		}
		event, err := http.Get(base + runtime + "/invocation/next")
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		if event.StatusCode != http.StatusOK {
			fmt.Println("no event:", event.Status, rebound)
			os.Exit(1)
		}
		payload, _ := io.ReadAll(event.Body)
		id := event.Header.Get("Lambda-Runtime-Aws-Request-Id")
		replies := map[string]reply{
			"wrong id":        ask("POST", base+runtime+"/invocation/0000/response", "{}"),
			"wrong id, error": ask("POST", base+runtime+"/invocation/0000/error", "{}"),
			"next too early":  ask("GET", base+runtime+"/invocation/next", ""),
			"init error":      ask("POST", base+runtime+"/init/error", "{}"),
			"unknown path":    ask("GET", base+"/2019-01-01/nothing", ""),
			"extension":       ask("POST", base+"/2020-01-01/extension/register", `{"events":["INVOKE"]}`),

			"no answer from another host": askAs("evil.example", "POST", base+runtime+"/invocation/"+id+"/response", "{}"),
		}
		maps.Copy(replies, rebound)
		replies["next"] = reply{event.StatusCode, string(payload)}
		for _, name := range []string{
			"Content-Type", "Lambda-Runtime-Aws-Request-Id", "Lambda-Runtime-Aws-Tenant-Id", "Lambda-Runtime-Client-Context",
			"Lambda-Runtime-Cognito-Identity", "Lambda-Runtime-Deadline-Ms", "Lambda-Runtime-Invoked-Function-Arn", "Lambda-Runtime-Trace-Id",
		} {
			replies[name] = reply{event.StatusCode, strings.Join(event.Header.Values(name), "|")}
		}
		answer, err := json.Marshal(replies)
		if err != nil {
			panic(err)
		}
		first := ask("POST", base+runtime+"/invocation/"+id+"/response", string(answer))
		second := ask("POST", base+runtime+"/invocation/"+id+"/response", "{}")
		fmt.Println("first", first.Status, first.Body, "second", second.Status, second.Body)
	}
}

// client waits for leave to send a body for as long as it takes.
var client = &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Hour}}

func ask(method, url, body string) reply { return askAs("", method, url, body) }

// askAs asks with a Host other than the URL's, unless it is empty.
func askAs(host, method, url, body string) reply {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	if host != "" {
		request.Host = host
	}
	switch {
	case body == "{}":
		request.Close = true // a connection for this request alone
	case method == http.MethodPost:
		request.Header.Set("Expect", "100-continue")
	}
	response, err := client.Do(request)
	if err != nil {
		return reply{Body: err.Error()}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return reply{Body: err.Error()}
	}
	return reply{response.StatusCode, string(text)}
}
