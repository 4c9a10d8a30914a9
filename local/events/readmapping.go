package events

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"annex/local/assembly"
	"annex/local/lambda"
)

// readMapping reads an event source mapping of the templates; runs is false for
// one that is off, or that local mode does not run, which a notice says then.
func readMapping(r *assembly.Resource, functions []lambda.Function, visibility map[string]time.Duration) (m Mapping, runs bool, notices []assembly.Notice, err error) {
	var p struct {
		EventSourceARN                 string `json:"EventSourceArn"`
		FunctionName                   string
		Enabled                        *bool
		BatchSize                      int
		MaximumBatchingWindowInSeconds int
		BisectBatchOnFunctionError     bool
		MaximumRetryAttempts           *int
		MaximumRecordAgeInSeconds      *int
		ParallelizationFactor          int
		StartingPosition               string
		TumblingWindowInSeconds        int
		FunctionResponseTypes          []string
		FilterCriteria                 struct{ Filters []struct{ Pattern string } }
		ScalingConfig                  struct{ MaximumConcurrency int }
		DestinationConfig              struct{ OnFailure struct{ Destination string } }

		KmsKeyArn, LoggingConfig, MetricsConfig, ProvisionedPollerConfig, Tags any // none of these changes what the function gets
	}
	unknown, err := r.Decode(&p)
	if err != nil {
		return m, false, nil, err
	}
	notices = assembly.Unknown(r, unknown)
	notice := func(property, format string, args ...any) {
		notices = append(notices, assembly.Notice{Resource: r, Property: property, Reason: fmt.Sprintf(format, args...)})
	}
	m = Mapping{
		ID: r.Stack.Name + "/" + r.LogicalID, Source: p.EventSourceARN,
		BatchSize: p.BatchSize, Window: time.Duration(p.MaximumBatchingWindowInSeconds) * time.Second,
		Partial: slices.Contains(p.FunctionResponseTypes, "ReportBatchItemFailures"),
		Bisect:  p.BisectBatchOnFunctionError, Retries: -1, Parallelization: max(1, p.ParallelizationFactor),
		Concurrency: cmp.Or(p.ScalingConfig.MaximumConcurrency, concurrent),
	}
	switch parts := strings.Split(m.Source, ":"); {
	case len(parts) == 6 && parts[2] == "sqs":
		m.Name, m.Visibility = "queue "+parts[5], cmp.Or(visibility[m.Source], 30*time.Second)
		m.BatchSize = cmp.Or(m.BatchSize, 10)
	case len(parts) > 6 && parts[2] == "dynamodb" && strings.Contains(parts[5], "/stream/"):
		m.Name = "stream " + strings.Split(parts[5], "/")[1]
		m.BatchSize = cmp.Or(m.BatchSize, 100)
		switch p.StartingPosition {
		case "TRIM_HORIZON":
		case "LATEST":
			m.Latest = true
		default:
			return m, false, nil, fmt.Errorf("%s: StartingPosition: want TRIM_HORIZON or LATEST for a table's stream, got %q", r, p.StartingPosition)
		}
	default:
		notice("EventSourceArn", "%s is no queue and no table's stream: local mode reads no other sources", m.Source)
		return m, false, notices, nil
	}
	if m.filter, err = ParseFilters(m.patterns(p.FilterCriteria.Filters)); err != nil {
		return m, false, nil, fmt.Errorf("%s: FilterCriteria: %w", r, err)
	}
	for property, beyond := range map[string]bool{
		"BatchSize":                      m.BatchSize < 1 || m.BatchSize > 10_000 || m.isQueue() && m.BatchSize > 10 && m.Window == 0,
		"MaximumBatchingWindowInSeconds": m.Window < 0 || m.Window > 5*time.Minute,
		"ParallelizationFactor":          m.Parallelization > 10,
	} {
		if beyond {
			return m, false, nil, fmt.Errorf("%s: %s: it is beyond what Lambda takes: a batch has up to 10,000 records, of a queue more than 10 with a window alone, a window up to 300 seconds, and there are up to 10 batches at once", r, property)
		}
	}
	if p.MaximumRetryAttempts != nil {
		m.Retries = *p.MaximumRetryAttempts
	}
	if p.MaximumRecordAgeInSeconds != nil {
		m.MaxAge = time.Duration(max(0, *p.MaximumRecordAgeInSeconds)) * time.Second
	}
	if m.OnFailure = p.DestinationConfig.OnFailure.Destination; m.OnFailure != "" && !isQueueARN(m.OnFailure) {
		notice("DestinationConfig", "%s is no queue: local mode tells no other destinations, and what is discarded is in the terminal alone", m.OnFailure)
		m.OnFailure = ""
	}
	f, alias, found := findFunction(functions, r, p.FunctionName)
	switch {
	case !found:
		notice("FunctionName", "%s is no function of the templates", p.FunctionName)
		return m, false, notices, nil
	case p.TumblingWindowInSeconds > 0:
		notice("TumblingWindowInSeconds", "local mode keeps no state between a function's calls: the function is not called")
		return m, false, notices, nil
	}
	m.Function, m.RoleARN = f.ARN+alias, f.RoleARN
	return m, p.Enabled == nil || *p.Enabled, notices, nil
}

func (m *Mapping) patterns(filters []struct{ Pattern string }) []string {
	for _, f := range filters {
		m.Filters = append(m.Filters, f.Pattern)
	}
	return m.Filters
}

func isQueueARN(arn string) bool {
	parts := strings.Split(arn, ":")
	return len(parts) == 6 && parts[2] == "sqs"
}

func isFunctionARN(arn string) bool {
	parts := strings.Split(arn, ":")
	return len(parts) > 6 && parts[2] == "lambda" && parts[5] == "function"
}

// findFunction finds the function that a resource names by its name, its ARN or a
// part of that, with an alias or a version at its end, which it gives with the
// colon before it.
func findFunction(functions []lambda.Function, r *assembly.Resource, name string) (f lambda.Function, alias string, found bool) {
	const colons = 6 // in an unqualified ARN
	parts := strings.Split(name, ":")
	switch {
	case strings.HasPrefix(name, "arn:") && len(parts) > colons:
		name = strings.Join(parts[:colons+1], ":")
		parts = parts[colons:]
	case len(parts) > 2 && parts[1] == "function":
		parts = parts[2:]
		name = parts[0]
	default:
		name = parts[0]
	}
	if len(parts) > 1 && parts[1] != "$LATEST" {
		alias = ":" + parts[1]
	}
	i := slices.IndexFunc(functions, func(f lambda.Function) bool {
		return f.ARN == name || f.Name == name && f.Region == r.Stack.Region && f.Account == r.Stack.Account
	})
	if i < 0 {
		return f, "", false
	}
	return functions[i], alias, true
}

// readVisibility is for how long the queues of the templates hide a message that
// was received, by their ARNs.
func readVisibility(a *assembly.Assembly) (map[string]time.Duration, error) {
	all := map[string]time.Duration{}
	for _, r := range a.Resources("AWS::SQS::Queue") {
		var p struct{ VisibilityTimeout *int }
		if _, err := r.Decode(&p); err != nil {
			return nil, err
		}
		arn, err := r.Att("Arn")
		if err != nil {
			return nil, err
		}
		if p.VisibilityTimeout != nil {
			all[arn] = time.Duration(*p.VisibilityTimeout) * time.Second
		}
	}
	return all, nil
}
