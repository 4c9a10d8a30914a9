package rules

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// example is templates, and what the rules find in them.
type example struct {
	name   string
	stacks []*Stack
	limit  int      // of concurrent executions; 1000 if 0
	lookup string   // what the app looks up
	want   []string // "<rule> <path>: <detail>"
}

// in gives a stack of a region with the text of its resources, {"ID": {…}, …}.
func in(region, name, resources string) *Stack {
	return &Stack{Name: name, Account: "111122223333", Region: region, File: `{"Resources": ` + resources + `}`}
}

// after makes the stack depend on others.
func (s *Stack) after(names ...string) *Stack {
	s.DependsOn = names
	return s
}

// resources gives the text of resources, each of a type with properties, by
// logical ID: `ID Type {…}`. AWS:: is left out of the type.
func resources(lines ...string) string {
	var members []string
	for _, line := range lines {
		parts := strings.SplitN(line, " ", 3)
		members = append(members, fmt.Sprintf(`%q: {"Type": "AWS::%s", "Properties": %s}`, parts[0], parts[1], parts[2]))
	}
	return "{" + strings.Join(members, ",") + "}"
}

// withOutputs gives the stack outputs, {"Name": {"Value": …}, …}.
func (s *Stack) withOutputs(outputs string) *Stack {
	s.File = s.File[:len(s.File)-1] + `, "Outputs": ` + outputs + `}`
	return s
}

func (e example) set(t *testing.T) *Set {
	t.Helper()
	set := &Set{ConcurrencyLimit: e.limit}
	if set.ConcurrencyLimit == 0 {
		set.ConcurrencyLimit = 1000
	}
	if e.lookup != "" {
		set.Missing = []string{e.lookup}
	}
	for _, stack := range e.stacks {
		copied := *stack // rules read it, and another test may too
		if err := set.Add(&copied, []byte(stack.File)); err != nil {
			t.Fatal(stack.Name, ": ", err)
		}
	}
	return set
}

// examples are those of every rule, by what they are of.
var examples = map[string][]example{
	"cloudfront":    cloudFrontExamples,
	"certificates":  certificateExamples,
	"domains":       domainExamples,
	"firewall":      firewallExamples,
	"routes":        routeExamples,
	"integrations":  integrationExamples,
	"websockets":    webSocketExamples,
	"cors":          corsExamples,
	"accesslog":     accessLogExamples,
	"physicalnames": physicalNameExamples,
	"loggroups":     logGroupExamples,
	"alarms":        alarmExamples,
	"records":       recordExamples,
	"healthchecks":  healthCheckExamples,
	"concurrency":   concurrencyExamples,
	"provisioned":   provisionedExamples,
	"lambda":        lambdaExamples,
	"releases":      releaseExamples,
	"iam":           iamExamples,
	"dynamodb":      dynamoDBExamples,
	"eventsources":  eventSourceExamples,
	"loops":         loopExamples,
	"queues":        queueExamples,
	"grants":        grantExamples,
	"patterns":      patternExamples,
	"stacks":        stackExamples,
}

func TestRules(t *testing.T) {
	for concept, examples := range examples {
		for _, example := range examples {
			t.Run(concept+"/"+example.name, func(t *testing.T) {
				var got []string
				for _, finding := range Run(All(), example.set(t)) {
					place := finding.Stack.Name
					if finding.Resource != nil {
						place = finding.Resource.Path
					}
					got = append(got, fmt.Sprintf("%s %s: %s", finding.Rule.ID, place, finding.Detail))
				}
				if diff := cmp.Diff(example.want, got); diff != "" {
					t.Error("findings (-want +got):\n", diff)
				}
			})
		}
	}
}

// TestEveryRuleFindsAMistake keeps a rule from being there without a proof that
// it works.
func TestEveryRuleFindsAMistake(t *testing.T) {
	found := map[string]bool{}
	for _, examples := range examples {
		for _, example := range examples {
			for _, finding := range Run(All(), example.set(t)) {
				found[finding.Rule.ID] = true
			}
		}
	}
	for _, rule := range All() {
		if !found[rule.ID] {
			t.Errorf("no example makes the mistake of %s: %s", rule.ID, rule.Title)
		}
	}
}

func TestRulesAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, rule := range All() {
		if rule.ID == "" || rule.Title == "" || rule.Fix == "" || rule.Source == "" || rule.check == nil {
			t.Errorf("rule %q is not complete", rule.ID)
		}
		if seen[rule.ID] {
			t.Errorf("two rules are %s", rule.ID)
		}
		seen[rule.ID] = true
	}
}
