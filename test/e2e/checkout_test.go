package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"
)

type order struct {
	Order, Placed string
	Items         []struct {
		Product  string
		Quantity int
	}
}

// signedIn is the Authorization header of a customer, with the token that
// `make token` prints.
func signedIn(t *testing.T, assembly, state, subject string) []string {
	t.Helper()
	cmd := exec.Command("go", "run", "./local/token", "-assembly", assembly, "-state", state, "-subject", subject)
	cmd.Dir = root
	token, err := cmd.Output()
	if err != nil {
		t.Fatalf("the token of %s: %v", subject, err)
	}
	return []string{"Authorization", "Bearer " + strings.TrimSpace(string(token))}
}

// filledCart is the path of a cart with one product.
func filledCart(t *testing.T, r *runner) string {
	t.Helper()
	made := decode[cart](t, want(t, 201, request(t, "POST", r.site(t, "/api/cart/"), "")))
	path := "/api/cart/" + made.ID
	want(t, 200, request(t, "PUT", r.site(t, path+"/items/enamel-mug"), `{"quantity":2}`))
	return path
}

// orders is how many orders there are, as the developer's own tools see them.
func orders(t *testing.T, r *runner) int {
	t.Helper()
	endpoint := regexp.MustCompile(`AWS_ENDPOINT_URL=(\S+) AWS_REGION=(\S+) AWS_DEFAULT_REGION=\S+ `).FindStringSubmatch(r.printed())
	if endpoint == nil {
		t.Fatalf("the runner gave no endpoint:\n%s", r.printed())
	}
	client := dynamodb.New(dynamodb.Options{
		BaseEndpoint: &endpoint[1], Region: endpoint[2],
		Credentials: credentials.NewStaticCredentialsProvider("root", "root", ""),
	})
	tables, err := client.ListTables(t.Context(), &dynamodb.ListTablesInput{})
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, table := range tables.TableNames {
		if strings.Contains(table, "Orders") {
			found, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &table, ConsistentRead: aws.Bool(true)})
			if err != nil {
				t.Fatal(err)
			}
			count += int(found.Count)
		}
	}
	return count
}

func TestACheckoutIsOneOrderHoweverOftenItIsAskedFor(t *testing.T) {
	state := t.TempDir()
	r := serve(t, state)
	path := filledCart(t, r)
	checkout := r.site(t, path+"/checkout")

	want(t, 401, request(t, "POST", checkout, ""))
	want(t, 401, request(t, "POST", checkout, "", "Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJzaG9wcGVyIn0."))
	origin := strings.TrimSuffix(r.site(t, "/"), "/")
	want(t, 204, request(t, "OPTIONS", r.api(t, strings.TrimPrefix(path, "/api")+"/checkout"), "",
		"Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization"))
	if made := orders(t, r); made != 0 {
		t.Fatalf("nobody who is signed in has asked, and there are %d orders", made)
	}

	shopper := signedIn(t, cloud, state, "shopper")
	answers := make([]response, 8)
	var wait sync.WaitGroup
	for i := range answers {
		wait.Go(func() { answers[i] = request(t, "POST", checkout, "", append(shopper, "If-Match", `"2"`)...) })
	}
	wait.Wait()
	created := 0
	first := decode[order](t, answers[0])
	for _, answer := range answers {
		if answer.StatusCode == 201 {
			created++
		} else {
			want(t, 200, answer)
		}
		if diff := cmp.Diff(first, decode[order](t, answer)); diff != "" {
			t.Errorf("two orders of one cart:\n%s", diff)
		}
	}
	if made := orders(t, r); created != 1 || made != 1 || len(first.Items) != 1 || first.Items[0].Quantity != 2 {
		t.Errorf("%d of the answers are 201, and there are %d orders, the first %+v; want one", created, made, first)
	}
	if left := decode[cart](t, want(t, 200, get(t, r.site(t, path)))); len(left.Items) != 0 || left.Version != 3 {
		t.Errorf("the cart is %+v", left)
	}

	// Nobody else is told what the order was.
	other := want(t, 422, request(t, "POST", checkout, "", signedIn(t, cloud, state, "somebody.else")...))
	if strings.Contains(other.body, first.Order) || strings.Contains(other.body, "enamel-mug") {
		t.Errorf("another customer is answered %s", other.body)
	}
}

// changedAssembly is a copy of the assembly with an edited cart.
func changedAssembly(t *testing.T, edit func(resources map[string]map[string]any)) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "cdk.out")
	if err := os.CopyFS(dir, os.DirFS(cloud)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "annex-dev-cart.template.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var template map[string]json.RawMessage
	var resources map[string]map[string]any
	if err := json.Unmarshal(text, &template); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(template["Resources"], &resources); err != nil {
		t.Fatal(err)
	}
	edit(resources)
	if template["Resources"], err = json.Marshal(resources); err != nil {
		t.Fatal(err)
	}
	if text, err = json.Marshal(template); err != nil {
		t.Fatal(err)
	}
	write(t, file, string(text))
	return dir
}

// withoutGrants takes the resources whose logical IDs begin so away from all
// that the policies allow.
func withoutGrants(resources map[string]map[string]any, prefix string) {
	for _, resource := range resources {
		if resource["Type"] != "AWS::IAM::Policy" {
			continue
		}
		document := resource["Properties"].(map[string]any)["PolicyDocument"].(map[string]any)
		for _, statement := range document["Statement"].([]any) {
			statement := statement.(map[string]any)
			list, ok := statement["Resource"].([]any)
			if !ok {
				continue
			}
			var kept []any
			for _, one := range list {
				attribute, _ := one.(map[string]any)["Fn::GetAtt"].([]any)
				if len(attribute) == 0 || !strings.HasPrefix(attribute[0].(string), prefix) {
					kept = append(kept, one)
				}
			}
			statement["Resource"] = kept
		}
	}
}

func TestACheckoutWithoutItsGrantFailsAsItWouldInAWS(t *testing.T) {
	assembly := changedAssembly(t, func(resources map[string]map[string]any) { withoutGrants(resources, "Orders") })
	state := t.TempDir()
	r := startIn(t, root, assembly, state).wait(t)
	path := filledCart(t, r)
	answer := want(t, 500, request(t, "POST", r.site(t, path+"/checkout"), "", signedIn(t, assembly, state, "shopper")...))
	if answer.body != `{"message":"Internal Server Error"}` {
		t.Errorf("answered %s", answer.body)
	}
	r.prints(t, "AccessDenied: annex-dev-cart/Cart", "may not dynamodb:PutItem on arn:aws:dynamodb:eu-west-1:111122223333:table/annex-dev-cart-Orders")
	if left := decode[cart](t, want(t, 200, get(t, r.site(t, path)))); len(left.Items) != 1 || left.Version != 2 {
		t.Errorf("the cart is %+v, want it as it was", left)
	}
}

// The data of a developer who has run an earlier version go on.
func TestACartFromBeforeThereWereOrdersIsCheckedOut(t *testing.T) {
	earlier := changedAssembly(t, func(resources map[string]map[string]any) {
		withoutGrants(resources, "Orders")
		for id, resource := range resources {
			if strings.HasPrefix(id, "Orders") {
				delete(resources, id)
			}
			if environment, ok := resource["Properties"].(map[string]any)["Environment"].(map[string]any); ok {
				if variables := environment["Variables"].(map[string]any); variables["ORDERS_TABLE"] != nil {
					variables["ORDERS_TABLE"] = "none"
				}
			}
		}
	})
	state := t.TempDir()
	before := startIn(t, root, earlier, state).wait(t)
	path := filledCart(t, before)
	before.stop(t)

	r := serve(t, state)
	want(t, 201, request(t, "POST", r.site(t, path+"/checkout"), "", signedIn(t, cloud, state, "shopper")...))
	if made := orders(t, r); made != 1 {
		t.Errorf("there are %d orders, want 1", made)
	}
}
