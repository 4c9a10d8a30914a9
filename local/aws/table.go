package aws

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"annex/local/assembly"
	"annex/local/aws/iam"
)

// Table is a DynamoDB table of the templates.
type Table struct {
	Name     string
	ARN      string
	Account  string
	Region   string
	Resource string // names it in messages

	StreamARN      string      // that of its stream, whether it has one or not
	StreamViewType string      // what its stream's records hold, such as NEW_IMAGE; empty for no stream
	StreamPolicy   *iam.Policy // its stream's resource-based policy, or nil

	KeySchema              []KeyElement
	AttributeDefinitions   []Attribute // of the keys of the table and its indexes
	GlobalSecondaryIndexes []Index
	LocalSecondaryIndexes  []Index

	ExpiryAttribute string      // of its time to live; empty for none
	Policy          *iam.Policy // its resource-based policy, or nil
}

// KeyElement is an attribute of a key: HASH for its partition key, RANGE for
// its sort key. As in DynamoDB's API, like Attribute, Index and Projection.
type KeyElement struct{ AttributeName, KeyType string }

// Attribute is the type of a key's attribute: S, N or B.
type Attribute struct{ AttributeName, AttributeType string }

// Index is a secondary index.
type Index struct {
	IndexName  string
	KeySchema  []KeyElement
	Projection Projection
}

// Projection is what an index holds of an item beside its keys.
type Projection struct {
	NonKeyAttributes []string `json:",omitempty"`
	ProjectionType   string
}

// tableProperties are those of AWS::DynamoDB::Table and, with Replicas,
// AWS::DynamoDB::GlobalTable. What costs, secures, backs up or labels a table
// (all fields of type any that are not in a notice) has no effect here.
type tableProperties struct {
	TableName              any // is what Ref gives
	KeySchema              []KeyElement
	AttributeDefinitions   []Attribute
	GlobalSecondaryIndexes []indexProperties
	LocalSecondaryIndexes  []indexProperties

	TimeToLiveSpecification struct {
		AttributeName string
		Enabled       bool
	}
	Replicas                   []replicaProperties
	ResourcePolicy             struct{ PolicyDocument json.RawMessage }
	SSESpecification           keyProperties
	StreamSpecification        *streamProperties
	KinesisStreamSpecification any
	ImportSourceSpecification  any
	MultiRegionConsistency     any // of replicas in other regions
	GlobalTableWitnesses       any

	BillingMode                         any
	ContributorInsightsSpecification    any
	DeletionProtectionEnabled           any
	OnDemandThroughput                  any
	PointInTimeRecoverySpecification    any
	ProvisionedThroughput               any
	ReadOnDemandThroughputSettings      any
	ReadProvisionedThroughputSettings   any
	TableClass                          any
	Tags                                any
	WarmThroughput                      any
	WriteOnDemandThroughputSettings     any
	WriteProvisionedThroughputSettings  any
	GlobalTableSettingsReplicationMode  any
	GlobalTableSourceArn                any
	GlobalTableSourceReplicationEnabled any
}

// streamProperties are those of a table's stream, or of a replica's, which has a
// policy of its own and no view type.
type streamProperties struct {
	StreamViewType string
	ResourcePolicy struct{ PolicyDocument json.RawMessage }
}

// streamViewTypes are what a stream's records can hold of an item beside its
// key.
var streamViewTypes = []string{"KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"}

// keyProperties are those of a table's encryption.
type keyProperties struct {
	KMSMasterKeyID any `json:"KMSMasterKeyId"`
	SSEEnabled     any
	SSEType        any
}

type indexProperties struct {
	IndexName  string
	KeySchema  []KeyElement
	Projection Projection

	// Cost and monitoring, as for the table.
	ContributorInsightsSpecification   any
	OnDemandThroughput                 any
	ProvisionedThroughput              any
	ReadOnDemandThroughputSettings     any
	ReadProvisionedThroughputSettings  any
	WarmThroughput                     any
	WriteOnDemandThroughputSettings    any
	WriteProvisionedThroughputSettings any
}

// replicaProperties are those of a global table in one region. The one of the
// stack's own region is the table itself.
type replicaProperties struct {
	Region                     string
	ResourcePolicy             struct{ PolicyDocument json.RawMessage }
	SSESpecification           keyProperties
	KinesisStreamSpecification any

	ContributorInsightsSpecification    any
	DeletionProtectionEnabled           any
	GlobalSecondaryIndexes              any
	PointInTimeRecoverySpecification    any
	ReadOnDemandThroughputSettings      any
	ReadProvisionedThroughputSettings   any
	ReplicaStreamSpecification          streamProperties
	TableClass                          any
	Tags                                any
	GlobalTableSettingsReplicationMode  any
	GlobalTableSourceReplicationEnabled any
}

func readTables(a *assembly.Assembly) ([]Table, []assembly.Notice, error) {
	var tables []Table
	var notices assembly.Notices
	for _, r := range a.Resources("AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table") {
		var p tableProperties
		if err := notices.Decode(r, &p); err != nil {
			return nil, nil, err
		}
		table, more, err := readTable(r, p)
		if err != nil {
			return nil, nil, err
		}
		tables, notices = append(tables, table), append(notices, more...)
	}
	return tables, notices, nil
}

func readTable(r *assembly.Resource, p tableProperties) (Table, []assembly.Notice, error) {
	arn, err := r.Att("Arn")
	if err != nil {
		return Table{}, nil, err
	}
	stream, err := r.Att("StreamArn")
	if err != nil {
		return Table{}, nil, err
	}
	t := Table{
		StreamARN: stream,
		Name:      r.Ref(), ARN: arn, Account: r.Stack.Account, Region: r.Stack.Region, Resource: r.String(),
		KeySchema: p.KeySchema, AttributeDefinitions: p.AttributeDefinitions,
		GlobalSecondaryIndexes: indexes(p.GlobalSecondaryIndexes), LocalSecondaryIndexes: indexes(p.LocalSecondaryIndexes),
	}
	if len(t.KeySchema) == 0 {
		return Table{}, nil, fmt.Errorf("%s: KeySchema: a table needs a key", r)
	}
	var notices []assembly.Notice
	if p.TimeToLiveSpecification.Enabled {
		t.ExpiryAttribute = p.TimeToLiveSpecification.AttributeName
	}
	policy, kinesis, key := p.ResourcePolicy.PolicyDocument, p.KinesisStreamSpecification, p.SSESpecification.KMSMasterKeyID
	var streamPolicy json.RawMessage
	if s := p.StreamSpecification; s != nil {
		t.StreamViewType, streamPolicy = s.StreamViewType, s.ResourcePolicy.PolicyDocument
		if !slices.Contains(streamViewTypes, s.StreamViewType) {
			return Table{}, nil, fmt.Errorf("%s: StreamSpecification: StreamViewType is %q, want one of %s", r, s.StreamViewType, strings.Join(streamViewTypes, ", "))
		}
	}
	for _, replica := range p.Replicas {
		if replica.Region != r.Stack.Region {
			notices = append(notices, notice(true, r, "Replicas", "the replica in "+replica.Region+" is not there: the table is only in "+r.Stack.Region)...)
			continue
		}
		policy, kinesis, key = replica.ResourcePolicy.PolicyDocument, replica.KinesisStreamSpecification, replica.SSESpecification.KMSMasterKeyID
		streamPolicy = replica.ReplicaStreamSpecification.ResourcePolicy.PolicyDocument
	}
	for _, of := range []struct {
		property string
		document json.RawMessage
		policy   **iam.Policy
	}{{"ResourcePolicy", policy, &t.Policy}, {"StreamSpecification.ResourcePolicy", streamPolicy, &t.StreamPolicy}} {
		if len(of.document) == 0 {
			continue
		}
		if *of.policy, err = iam.Parse(of.document); err != nil {
			return Table{}, nil, fmt.Errorf("%s: %s: %w", r, of.property, err)
		}
		notices = append(notices, unjudged(r, of.property, *of.policy)...)
	}
	notices = append(notices, notice(key != nil, r, "SSESpecification", unaskedKey)...)
	notices = append(notices, notice(kinesis != nil, r, "KinesisStreamSpecification", "changes are not sent to Kinesis")...)
	notices = append(notices, notice(p.ImportSourceSpecification != nil, r, "ImportSourceSpecification", "nothing is imported: the table starts empty")...)
	return t, notices, nil
}

func indexes(properties []indexProperties) []Index {
	var list []Index
	for _, p := range properties {
		list = append(list, Index{IndexName: p.IndexName, KeySchema: p.KeySchema, Projection: p.Projection})
	}
	return list
}
