package lambda

import (
	"fmt"
	"slices"
	"strings"

	"annex/local/assembly"
)

// provision says that at least n environments of the alias are provisioned.
func (f *Function) provision(alias string, n int) {
	if n <= f.Provisioned[alias] {
		return
	}
	if f.Provisioned == nil {
		f.Provisioned = map[string]int{}
	}
	f.Provisioned[alias] = n
}

// readScaling reads what Application Auto Scaling does to provisioned
// concurrency: the least that there is of it. That the number moves is named,
// for here it does not.
func readScaling(a *assembly.Assembly, functions []*Function) ([]assembly.Notice, error) {
	var notices []assembly.Notice
	for _, r := range a.Resources("AWS::ApplicationAutoScaling::ScalableTarget") {
		var p struct {
			ResourceID                           string `json:"ResourceId"`
			ScalableDimension                    string
			MinCapacity, MaxCapacity             int
			ScheduledActions                     []any
			RoleARN, ServiceNamespace, Suspended any // there is one role for it, and Lambda's dimension says of which service it is
		}
		unknown, err := r.Decode(&p)
		if err != nil {
			return nil, err
		}
		if p.ScalableDimension != "lambda:function:ProvisionedConcurrency" {
			notices = append(notices, assembly.Notice{Resource: r, Reason: fmt.Sprintf("local mode does not scale %q", p.ScalableDimension)})
			continue
		}
		name, alias, _ := strings.Cut(strings.TrimPrefix(p.ResourceID, "function:"), ":")
		i := slices.IndexFunc(functions, func(f *Function) bool {
			return f.Name == name && f.Region == r.Stack.Region && f.Account == r.Stack.Account
		})
		if i < 0 {
			return nil, fmt.Errorf("%s: ResourceId: %q is no function:<name>:<alias> of the templates", r, p.ResourceID)
		}
		functions[i].provision(alias, p.MinCapacity)
		notices = append(notices, assembly.Unknown(r, unknown)...)
		if len(p.ScheduledActions) > 0 {
			notices = append(notices, assembly.Notice{Resource: r, Property: "ScheduledActions", Reason: fmt.Sprintf("the number of provisioned environments is MinCapacity, %d, at all times here", p.MinCapacity)})
		}
	}
	for _, r := range a.Resources("AWS::ApplicationAutoScaling::ScalingPolicy") {
		notices = append(notices, assembly.Notice{Resource: r, Reason: "the number of provisioned environments follows no load here: it is MinCapacity"})
	}
	return notices, nil
}
