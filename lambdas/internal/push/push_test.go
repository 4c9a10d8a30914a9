package push

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"annex/lambdas/internal/awsclient"
	"annex/lambdas/internal/dynamodbtest"
)

// start gives connections whose table is dynalite's, and the gateway that they are of.
func start(t *testing.T) (*Connections, *gateway) {
	t.Helper()
	g := &gateway{got: map[string][]string{}, refusals: map[string][]int{}}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	environment := map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_ENDPOINT_URL": dynamodbtest.Start(t), "CONNECTIONS_TABLE": "connections", "CONNECTIONS_URL": server.URL + "/updates",
	}
	getenv := func(name string) string { return environment[name] }
	config, err := awsclient.Config(getenv)
	if err != nil {
		t.Fatal(err)
	}
	connections, err := New(config, getenv)
	if err != nil {
		t.Fatal(err)
	}
	dynamodbtest.CreateTable(t, connections.store, "connections", "topic", "connection")
	t.Cleanup(func() {
		g.mutex.Lock()
		defer g.mutex.Unlock()
		if len(g.trouble) > 0 {
			t.Errorf("requests that API Gateway would refuse: %q", g.trouble)
		}
	})
	return connections, g
}

func (c *Connections) addAll(t *testing.T, topic string, connections ...string) {
	t.Helper()
	for _, connection := range connections {
		if err := c.Add(t.Context(), topic, connection); err != nil {
			t.Fatal(err)
		}
	}
}

// of are the connections that the table has of a topic.
func (c *Connections) of(t *testing.T, topic string) []string {
	t.Helper()
	open, err := c.open(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	return open
}

func TestBroadcastReachesATopicsConnectionsAlone(t *testing.T) {
	connections, gateway := start(t)
	connections.addAll(t, "tea", "L0SM9cOFvHcCIhw=", "removed", "Ow-_=")
	connections.addAll(t, "coffee", "another")
	if err := connections.Remove(t.Context(), "tea", "removed"); err != nil {
		t.Fatal(err)
	}
	if err := connections.Remove(t.Context(), "tea", "never added"); err != nil {
		t.Fatal("remove what is not there: ", err)
	}

	report, err := connections.Broadcast(t.Context(), "tea", []byte("hot"))
	if err != nil || report.Sent != 2 || report.Gone != 0 || len(report.Failed) != 0 {
		t.Fatalf("report %+v, %v", report, err)
	}
	for connection, want := range map[string]string{"L0SM9cOFvHcCIhw=": "[hot]", "Ow-_=": "[hot]", "removed": "[]", "another": "[]"} {
		if got := fmt.Sprint(gateway.got[connection]); got != want {
			t.Errorf("connection %q got %s, want %s", connection, got, want)
		}
	}
	if report, err := connections.Broadcast(t.Context(), "nobody's", []byte("hot")); err != nil || report.Sent != 0 {
		t.Errorf("a topic without connections: %+v, %v", report, err)
	}
}

func TestConnectionsOfATopicAreCounted(t *testing.T) {
	connections, _ := start(t)
	longAgo := time.Now().Add(-3 * time.Hour)
	connections.now = func() time.Time { return longAgo }
	connections.addAll(t, "tea", "expired")
	connections.now = time.Now
	connections.addAll(t, "tea", "one", "two", "removed")
	connections.addAll(t, "coffee", "another")
	if err := connections.Remove(t.Context(), "tea", "removed"); err != nil {
		t.Fatal(err)
	}
	for topic, want := range map[string]int{"tea": 2, "coffee": 1, "nobody's": 0} {
		if count, err := connections.Count(t.Context(), topic); err != nil || count != want {
			t.Errorf("%s has %d connections, %v, want %d", topic, count, err, want)
		}
	}
	connections.table = "none"
	if _, err := connections.Count(t.Context(), "tea"); err == nil {
		t.Error("a table that is not there can be counted")
	}
}

func TestConnectionExpires(t *testing.T) {
	connections, _ := start(t)
	connections.addAll(t, "tea", "one")
	item, err := connections.store.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &connections.table, Key: key("tea", "one")})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := item.Item["expires"].(*types.AttributeValueMemberN); !ok {
		t.Errorf("expires is %v, want a number, or DynamoDB never removes the item", item.Item["expires"])
	}
	now := time.Now()
	for after, want := range map[time.Duration]int{0: 1, 2 * time.Hour: 1, 3 * time.Hour: 0} {
		connections.now = func() time.Time { return now.Add(after) }
		if open := connections.of(t, "tea"); len(open) != want {
			t.Errorf("after %s there are %d connections, want %d", after, len(open), want)
		}
	}
}

func TestGoneConnectionsAreRemoved(t *testing.T) {
	connections, gateway := start(t)
	longAgo := time.Now().Add(-time.Hour)
	connections.now = func() time.Time { return longAgo }
	connections.addAll(t, "tea", "closed", "open")
	connections.now = time.Now
	connections.addAll(t, "tea", "being opened")
	gateway.refusals["closed"], gateway.refusals["being opened"] = []int{http.StatusGone}, []int{http.StatusGone}

	report, err := connections.Broadcast(t.Context(), "tea", []byte("hot"))
	if err != nil || report.Sent != 1 || report.Gone != 2 || len(report.Failed) != 0 {
		t.Fatalf("report %+v, %v", report, err)
	}
	// API Gateway says the same of one that has yet to be opened.
	if got, want := connections.of(t, "tea"), []string{"being opened", "open"}; !slices.Equal(got, want) {
		t.Errorf("the table has %q, want %q", got, want)
	}
}

func TestThrottledConnectionsAreTriedAgain(t *testing.T) {
	connections, gateway := start(t)
	connections.addAll(t, "tea", "a", "b", "c")
	gateway.refusals["b"] = []int{http.StatusTooManyRequests, http.StatusServiceUnavailable}
	gateway.refusals["c"] = slices.Repeat([]int{http.StatusTooManyRequests}, attempts)

	report, err := connections.Broadcast(t.Context(), "tea", []byte("hot"))
	if err != nil || report.Sent != 2 || len(report.Failed) != 1 {
		t.Fatalf("report %+v, %v", report, err)
	}
	if failed := report.Failed[0]; failed.Connection != "c" || !failed.Busy || !strings.Contains(failed.Err.Error(), "LimitExceededException") {
		t.Errorf("failed: %+v", failed)
	}
	if got := len(gateway.got["a"]); got != 1 {
		t.Errorf("a connection that was reached got the message %d times", got)
	}
	if len(connections.of(t, "tea")) != 3 {
		t.Error("a connection that is busy was removed")
	}
}

func TestRefusalIsTriedOnce(t *testing.T) {
	connections, gateway := start(t)
	connections.addAll(t, "tea", "a", "b")
	gateway.refusals["a"] = []int{http.StatusForbidden}

	report, err := connections.Broadcast(t.Context(), "tea", []byte("hot"))
	if err != nil || report.Sent != 1 || len(report.Failed) != 1 {
		t.Fatalf("report %+v, %v", report, err)
	}
	if failed := report.Failed[0]; failed.Connection != "a" || failed.Busy || !strings.Contains(failed.Err.Error(), "ForbiddenException") {
		t.Errorf("failed: %+v", failed)
	}
}

// TestSlowConnectionHoldsUpNoOther has one of five hundred whose client never reads.
func TestSlowConnectionHoldsUpNoOther(t *testing.T) {
	connections, gateway := start(t)
	connections.patience = 700 * time.Millisecond
	gateway.slow = "a slow one" // the table gives it first
	all := []string{gateway.slow}
	for i := range 499 {
		all = append(all, fmt.Sprintf("c%03d", i))
	}
	connections.addAll(t, "tea", all...)

	done := make(chan Report, 1)
	go func() {
		report, err := connections.Broadcast(t.Context(), "tea", []byte("hot"))
		if err != nil {
			t.Error(err)
		}
		done <- report
	}()
	for { // the others have it before the slow one is given up
		gateway.mutex.Lock()
		reached := len(gateway.got)
		gateway.mutex.Unlock()
		if reached == 499 {
			break
		}
		select {
		case report := <-done:
			t.Fatalf("%d have it, report %+v", reached, report)
		case <-time.After(time.Millisecond):
		}
	}
	report := <-done
	if report.Sent != 499 || len(report.Failed) != 1 || report.Failed[0].Connection != gateway.slow || !report.Failed[0].Busy {
		t.Errorf("report %+v", report)
	}
	gateway.mutex.Lock()
	defer gateway.mutex.Unlock()
	if gateway.most > atOnce || gateway.most < 2 {
		t.Errorf("%d requests at once, want several and at most %d", gateway.most, atOnce)
	}
}

func TestBroadcastSendsToSomeAtOnce(t *testing.T) {
	connections, gateway := start(t)
	connections.patience = time.Minute
	gateway.held = make(chan struct{})
	release := sync.OnceFunc(func() { close(gateway.held) })
	defer release()
	for i := range 2 * atOnce {
		connections.addAll(t, "tea", fmt.Sprintf("c%03d", i))
	}
	done := make(chan Report, 1)
	go func() {
		report, err := connections.Broadcast(t.Context(), "tea", []byte("hot"))
		if err != nil {
			t.Error(err)
		}
		done <- report
	}()
	underWay := func() int {
		gateway.mutex.Lock()
		defer gateway.mutex.Unlock()
		return gateway.now
	}
	for deadline := time.Now().Add(20 * time.Second); underWay() < atOnce; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d requests at once, want %d", underWay(), atOnce)
		}
	}
	time.Sleep(100 * time.Millisecond) // for one more, if there were one
	release()
	if report := <-done; report.Sent != 2*atOnce || gateway.most != atOnce {
		t.Errorf("%d requests at once, want %d; report %+v", gateway.most, atOnce, report)
	}
}

// Whoever broadcasts may have less time than a slow connection is given: the others have it by then.
func TestBroadcastEndsWithItsContext(t *testing.T) {
	connections, gateway := start(t)
	gateway.slow = "slow"
	connections.patience = time.Hour
	connections.addAll(t, "tea", "slow", "a")
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	report, err := connections.Broadcast(ctx, "tea", []byte("hot"))
	if err != nil || report.Sent != 1 || len(report.Failed) != 1 || report.Failed[0].Connection != "slow" || !report.Failed[0].Busy {
		t.Errorf("report %+v, %v", report, err)
	}
}

func TestMessageThatIsTooLargeIsNotSent(t *testing.T) {
	connections, gateway := start(t)
	connections.addAll(t, "tea", "a")
	if report, err := connections.Broadcast(t.Context(), "tea", make([]byte, 128*1024)); err != nil || report.Sent != 1 {
		t.Errorf("128 KB: %+v, %v", report, err)
	}
	const want = "a message of 131073 bytes: API Gateway takes at most 131072"
	if _, err := connections.Broadcast(t.Context(), "tea", make([]byte, 128*1024+1)); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("one byte more: %v, want %q", err, want)
	}
	if err := connections.Send(t.Context(), "tea", "a", make([]byte, 128*1024+1)); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("one byte more, to one: %v, want %q", err, want)
	}
	if got := len(gateway.got["a"]); got != 1 {
		t.Errorf("%d messages arrived", got)
	}
}

func TestSend(t *testing.T) {
	connections, gateway := start(t)
	gateway.refusals["throttled"] = []int{http.StatusTooManyRequests}
	gateway.refusals["gone"], gateway.refusals["refused"] = []int{http.StatusGone}, []int{http.StatusForbidden}
	for connection, want := range map[string]string{
		"open": "<nil>", "throttled": "<nil>", "gone": ErrGone.Error(), "refused": "ForbiddenException",
	} {
		if err := connections.Send(t.Context(), "tea", connection, []byte("hot")); !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%s: %v, want %s", connection, err, want)
		}
	}
	if len(gateway.got["open"]) != 1 || len(gateway.got["throttled"]) != 1 {
		t.Errorf("what arrived: %v", gateway.got)
	}
}

func TestNewWantsBothOfItsStack(t *testing.T) {
	getenv := func(name string) string {
		return map[string]string{"CONNECTIONS_TABLE": "connections", "AWS_REGION": "eu-west-1"}[name]
	}
	config, err := awsclient.Config(getenv)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(config, getenv); err == nil || !strings.Contains(err.Error(), `CONNECTIONS_URL ""`) {
		t.Errorf("without CONNECTIONS_URL: %v", err)
	}
}
