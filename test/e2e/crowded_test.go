package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// crowded is the cloud assembly of stage dev with limits for a crowd: none on
// requests, but for one route with a throttle, and a function with a reserved
// concurrency that is less than its clients.
func crowded(t *testing.T) string {
	t.Helper()
	assembly := filepath.Join(t.TempDir(), "cdk.out")
	if err := os.CopyFS(assembly, os.DirFS(cloud)); err != nil {
		t.Fatal(err)
	}
	changed := 0
	for _, service := range []string{"cart", "search"} {
		file := filepath.Join(assembly, "annex-dev-"+service+".template.json")
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var template map[string]any
		if err := json.Unmarshal(data, &template); err != nil {
			t.Fatal(err)
		}
		resources, _ := template["Resources"].(map[string]any)
		for _, r := range resources {
			resource, _ := r.(map[string]any)
			properties, _ := resource["Properties"].(map[string]any)
			metadata, _ := resource["Metadata"].(map[string]any)
			switch {
			case resource["Type"] == "AWS::ApiGatewayV2::Stage":
				limit := func(n int) map[string]any {
					return map[string]any{"ThrottlingRateLimit": n, "ThrottlingBurstLimit": n}
				}
				properties["DefaultRouteSettings"] = limit(1_000_000)
				if service == "cart" {
					properties["RouteSettings"] = map[string]any{"DELETE /{cart}/items/{product}": limit(5)}
				}
				changed++
			case metadata["annex:handler"] == "lambdas/search":
				properties["ReservedConcurrentExecutions"] = 25
				changed++
			}
		}
		if data, err = json.Marshal(template); err != nil {
			t.Fatal(err)
		}
		write(t, file, string(data))
	}
	if changed != 3 {
		t.Fatalf("%d resources of the templates have limits, want 3", changed)
	}
	return assembly
}
