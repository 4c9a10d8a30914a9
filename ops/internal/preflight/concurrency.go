package preflight

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// unreservable is how many executions Lambda keeps for the functions that
// reserve none (developer guide, "Understanding reserved concurrency").
const unreservable = 100

// checkConcurrency finds that the account may run less at once than the stage
// counts on, or than its functions reserve.
func checkConcurrency(ctx context.Context, w *world) []Finding {
	const subject = "Lambda concurrency"
	region := w.stage.Region
	settings, err := w.services.Regions[region].Functions.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
	if err != nil {
		return []Finding{unknown(subject, err)}
	}
	reserved, before := 0, 0
	for _, s := range w.stacks {
		if s.Region != region {
			continue
		}
		if s.deployed.err != nil {
			return []Finding{unknown(subject, s.deployed.err)}
		}
		reserved += reservedIn(s.next)
		before += reservedIn(s.deployed.template)
	}
	limit := settings.AccountLimit
	if limit == nil || limit.UnreservedConcurrentExecutions == nil {
		// Taken for 0, it would stop a deployment that nothing stops.
		return []Finding{unknown(subject, errors.New("no answer of how much of the account's limit is free"))}
	}
	free := int(*limit.UnreservedConcurrentExecutions) + before
	return []Finding{judgeConcurrency(int(limit.ConcurrentExecutions), free, reserved, w.stage.ConcurrencyLimit)}
}

func reservedIn(t template) int {
	sum := 0
	for _, r := range t.Resources {
		if n, ok := r.Properties["ReservedConcurrentExecutions"].(float64); ok && r.Type == "AWS::Lambda::Function" {
			sum += int(n)
		}
	}
	return sum
}

// judgeConcurrency compares what may be reserved, which leaves out what other
// stages and apps have, with what the functions would reserve.
func judgeConcurrency(limit, free, reserved, expected int) Finding {
	const subject, do = "Lambda concurrency", "ask AWS for more (Service Quotas, “Concurrent executions” of Lambda), or "
	switch {
	case reserved > 0 && reserved > free-unreservable:
		return stops(subject, do+"reserve less", "the functions reserve %d; of the account's %d, %d are free, and %d have to stay so", reserved, limit, free, unreservable)
	case limit < expected:
		return surprises(subject, do+"set ConcurrencyLimit in stacks/stages.go", "the account may run %d at once, and the stage counts on %d", limit, expected)
	}
	return fine(subject, "%d of the account's %d are free, the functions reserve %d", free, limit, reserved)
}
