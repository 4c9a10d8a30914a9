package aws

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// Update follows the templates, as a deployment does: it makes the tables,
// buckets and queues that are new, runs the deployments that changed, which it
// returns, and judges by the new policies from then on. What the templates have
// no more is kept, with its data: functions that are about to end still use it.
// Where it fails, the old templates go on to count. It is not for concurrent use;
// requests may come meanwhile.
func (e *Endpoint) Update(ctx context.Context, config Config) ([]Deployed, error) {
	if err := e.dynamoDB.createTables(ctx, config.Tables); err != nil {
		return nil, err
	}
	if err := e.s3.createBuckets(config.Buckets); err != nil {
		return nil, err
	}
	if err := e.queues.Update(config.queueSettings()); err != nil {
		return nil, err
	}
	last := e.current.Load()
	for _, t := range last.config.Tables {
		if !slices.ContainsFunc(config.Tables, func(other Table) bool { return other.Name == t.Name }) {
			config.Tables = append(slices.Clip(config.Tables), t)
		}
	}
	for _, b := range last.config.Buckets {
		if _, there := config.bucket(b.Name); !there {
			config.Buckets = append(slices.Clip(config.Buckets), b)
		}
	}
	for _, q := range last.config.Queues {
		if _, there := config.queue(q.ARN); !there {
			config.Queues = append(slices.Clip(config.Queues), q)
		}
	}
	known := maps.Clone(last.callers)
	maps.Copy(known, callers(config.Roles))
	// Already by the new templates: what is deployed may make events for queues
	// whose policies are new.
	e.current.Store(&current{config, known})
	ran, err := deploy(ctx, e.s3.store, config.Deployments)
	if err != nil {
		e.current.Store(last)
	}
	return ran, err
}

// createBuckets creates the buckets that are not there yet.
func (s *s3) createBuckets(buckets []Bucket) error {
	for _, b := range buckets {
		if exists, _ := s.store.BucketExists(b.Name); exists {
			continue
		}
		if err := s.store.CreateBucket(b.Name); err != nil {
			return fmt.Errorf("%s: %w", b.Resource, err)
		}
	}
	return nil
}
