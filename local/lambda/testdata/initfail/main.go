// Command initfail is a handler whose init phase fails, as INIT says: "exit"
// and "exit 3" end it, "once" ends only the environment's first process,
// "slow" and "slow once" never finish, "report" posts an error before it ends.
package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	act := os.Getenv("INIT")
	if _, err := os.Stat(os.TempDir() + "/tried"); err == nil && strings.HasSuffix(act, "once") {
		act = ""
	}
	if err := os.WriteFile(os.TempDir()+"/tried", nil, 0o600); err != nil {
		panic(err)
	}
	fmt.Println("init")
	switch act {
	case "exit":
		os.Exit(0)
	case "exit 3", "once":
		os.Exit(3)
	case "slow", "slow once":
		time.Sleep(time.Hour)
	case "report":
		api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/init/error"
		body := strings.NewReader(`{"errorMessage":"no index","errorType":"Function.NoIndex","stackTrace":[]}`)
		if _, err := http.Post(api, "application/json", body); err != nil {
			panic(err)
		}
		os.Exit(1)
	}
	lambda.Start(func() (string, error) { return "served", nil })
}
