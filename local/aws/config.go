// Package aws is DynamoDB, S3 and SQS on one machine, behind one endpoint that
// speaks to AWS's own SDKs: dynalite behind a proxy, gofakes3, and queues in a
// file. What the templates say decides which tables, buckets and queues there
// are, what BucketDeployments put into them, and which function may do what: IAM
// is enforced, so that a forgotten grant fails here and not after the deploy.
// Secrets Manager and Parameter Store are there to be read from, with the values
// of a file, of Lambda and CodeDeploy what functions call of them, and the
// connections of WebSocket APIs to be sent to. Only local's main may import it.
package aws

import (
	"fmt"

	"annex/local/assembly"
)

// Config is what the templates say about DynamoDB, S3, SQS and who may use them.
type Config struct {
	Tables      []Table
	Buckets     []Bucket
	Queues      []Queue
	Roles       []Role
	Deployments []Deployment // in the order in which they run
	Wanted      []Wanted     // the secrets and parameters that functions read
}

// Read reads the assembly's tables, buckets, queues, roles and bucket deployments. A
// notice names what local mode does not do for one of them. An error is a
// template that makes no sense, and names the resource.
func Read(a *assembly.Assembly) (Config, []assembly.Notice, error) {
	var c Config
	var notices []assembly.Notice
	tables, more, err := readTables(a)
	if err != nil {
		return c, nil, err
	}
	c.Tables, notices = tables, append(notices, more...)
	if c.Buckets, more, err = readBuckets(a); err != nil {
		return c, nil, err
	}
	notices = append(notices, more...)
	if c.Queues, more, err = readQueues(a); err != nil {
		return c, nil, err
	}
	notices = append(notices, more...)
	if c.Roles, more, err = readRoles(a); err != nil {
		return c, nil, err
	}
	notices = append(notices, more...)
	if c.Deployments, more, err = readDeployments(a, c.Buckets); err != nil {
		return c, nil, err
	}
	notices = append(notices, more...)
	if c.Wanted, err = readWanted(a); err != nil {
		return c, nil, err
	}
	return c, notices, c.check()
}

// check refuses names that AWS keeps apart and local mode cannot.
func (c Config) check() error {
	tables := map[string]string{}
	for _, t := range c.Tables {
		if other, taken := tables[t.Name]; taken {
			return fmt.Errorf("%s and %s are both tables named %s: local mode keeps the tables of every region together, so give them different names", other, t.Resource, t.Name)
		}
		tables[t.Name] = t.Resource
	}
	buckets := map[string]string{}
	for _, b := range c.Buckets {
		if other, taken := buckets[b.Name]; taken {
			return fmt.Errorf("%s and %s are both buckets named %s: a bucket's name is its own in all of AWS", other, b.Resource, b.Name)
		}
		buckets[b.Name] = b.Resource
	}
	return nil
}

func (c Config) bucket(name string) (Bucket, bool) {
	for _, b := range c.Buckets {
		if b.Name == name {
			return b, true
		}
	}
	return Bucket{}, false
}

// notice is a list of one notice, or none.
func notice(when bool, r *assembly.Resource, property, reason string) []assembly.Notice {
	if !when {
		return nil
	}
	return []assembly.Notice{{Resource: r, Property: property, Reason: reason}}
}
