package preflight

import (
	"context"
	"fmt"
	"strconv"

	"annex/ops/internal/account"
)

// checkBootstrap finds regions that the CDK was not bootstrapped in, or too
// long ago.
func checkBootstrap(ctx context.Context, w *world) []Finding {
	var findings []Finding
	seen := map[string]bool{}
	for _, s := range w.stacks {
		if s.BootstrapParameter == "" || seen[s.Region] {
			continue
		}
		seen[s.Region] = true
		resource := "CDK bootstrap in " + s.Region
		version, err := account.Parameter(ctx, w.services.Regions[s.Region].Parameters, s.BootstrapParameter)
		if err != nil {
			findings = append(findings, unknown(resource, err))
			continue
		}
		findings = append(findings, judgeBootstrap(resource, version, s.Bootstrap, s.Account, s.Region))
	}
	return findings
}

func judgeBootstrap(resource, version string, wanted int, account, region string) Finding {
	do := fmt.Sprintf("npx cdk bootstrap aws://%s/%s", account, region)
	if version == "" {
		return stops(resource, do, "there is none")
	}
	if number, err := strconv.Atoi(version); err != nil || number < wanted {
		return stops(resource, do, "version %s: the templates want %d", version, wanted)
	}
	return fine(resource, "version %s", version)
}
