package preflight

import (
	"context"
	"fmt"
	"sync"
	"time"

	"annex/local/assembly"
)

// Stage is what the checks need to know of a stage beside its templates.
type Stage struct {
	Name, Account, Region string

	ZoneID, ZoneName string // of Route 53

	// ConcurrencyLimit is what the stage counts on.
	ConcurrencyLimit int

	// SecretsMetadata and ParametersMetadata are the keys of a function's
	// metadata that name the secrets and parameters that it reads, by environment
	// variable.
	SecretsMetadata, ParametersMetadata string

	Origin *Origin // nil unless only the edge reaches the APIs
}

// Origin are the names of what `make origin-certificate` makes.
type Origin struct {
	TrustStoreBucket, TrustStoreKey        string
	VersionParameter, CertificateParameter string
}

// timeLimit is for all of a run.
const timeLimit = 2 * time.Minute

// check looks at one thing.
type check func(context.Context, *world) []Finding

// checks are all of them, in the order of the report.
var checks = []check{
	checkStacks,
	checkBootstrap,
	checkZone,
	checkDelegation,
	checkCAA,
	checkRecords,
	checkDistributions,
	checkDomainName,
	checkAccessLogRole,
	checkNames,
	checkConcurrency,
	checkIssuers,
	checkCanaries,
	checkMappings,
	checkReferences,
	checkOrigin,
	checkSignInHosts,
	checkSecrets,
}

// world is what the checks look at.
type world struct {
	stage    Stage
	stacks   []*stack
	services Services
	now      time.Time

	zone zoneRead
}

// Options are the choices of one run.
type Options struct {
	Now time.Time
}

// Run looks at everything, and gives the findings in an order that is the same
// each time.
func Run(ctx context.Context, stage Stage, a *assembly.Assembly, services Services, options Options) ([]Finding, error) {
	ctx, cancel := context.WithTimeout(ctx, timeLimit)
	defer cancel()
	w := &world{stage: stage, services: services, now: options.Now}
	for _, s := range a.Stacks {
		if s.Account != stage.Account {
			return nil, fmt.Errorf("stack %s of %s is for account %s, and stage %s is in %s: synthesize again", s.Name, a.Dir, s.Account, stage.Name, stage.Account)
		}
		next, err := readTemplate(s.Template)
		if err != nil {
			return nil, err
		}
		w.stacks = append(w.stacks, &stack{Stack: s, next: next})
	}
	var waiting sync.WaitGroup
	for _, s := range w.stacks {
		waiting.Go(func() { s.deployed = readDeployed(ctx, services.Regions[s.Region].Stacks, s.Name) })
	}
	waiting.Wait()
	found := make([][]Finding, len(checks))
	for i, look := range checks {
		waiting.Go(func() { found[i] = look(ctx, w) })
	}
	waiting.Wait()
	var findings []Finding
	for _, of := range found {
		findings = append(findings, of...)
	}
	return findings, nil
}

// stackOf gives the stack of that name in the assembly.
func (w *world) stackOf(name string) *stack {
	for _, s := range w.stacks {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// resources are the resources of the types in all templates.
func (w *world) resources(types ...string) []resource {
	var all []resource
	for _, s := range w.stacks {
		all = append(all, s.resources(types...)...)
	}
	return all
}
