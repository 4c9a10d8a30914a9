package aws

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"annex/local/aws/iam"
)

func noticesOf(t testing.TB, resources string) []string {
	t.Helper()
	_, notices := read(t, resources)
	var list []string
	for _, n := range notices {
		list = append(list, n.String())
	}
	return list
}

func TestWhatATableDoesNotDoIsNamed(t *testing.T) {
	const table = `"T": {"Type": "AWS::DynamoDB::%", "Metadata": {"aws:cdk:path": "s/T"}, "Properties": {
		"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], `
	for _, c := range []struct{ kind, properties, want string }{
		{"GlobalTable", `"Replicas": [{"Region": "eu-west-1"}, {"Region": "us-east-1"}]`, "Replicas: the replica in us-east-1 is not there: the table is only in eu-west-1"},
		{"GlobalTable", `"Replicas": [{"Region": "eu-west-1", "KinesisStreamSpecification": {"StreamArn": "x"}}]`, "KinesisStreamSpecification: changes are not sent to Kinesis"},
		{"Table", `"ImportSourceSpecification": {}`, "ImportSourceSpecification: nothing is imported"},
		{"Table", `"TimeToLiveSpecification": {"AttributeName": "e", "Enabled": true}`, ""},
		{"Table", `"TimeToLiveSpecification": {"AttributeName": "e", "Enabled": false}`, ""},
		{"Table", `"GlobalSecondaryIndexes": [{"IndexName": "i", "Tomorrow": 1}]`, "GlobalSecondaryIndexes[0].Tomorrow: not known to local mode"},
		{"GlobalTable", `"Replicas": [{"Region": "eu-west-1", "SSESpecification": {"KMSMasterKeyId": "k"}}]`, "SSESpecification: nothing is encrypted"},
		{"Table", `"SSESpecification": {"SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": "k"}`, "SSESpecification: nothing is encrypted"},
		{"Table", `"BillingMode": "PROVISIONED", "ProvisionedThroughput": {"ReadCapacityUnits": 1}, "Tags": [], "TableClass": "x", "SSESpecification": {}`, ""},
	} {
		got := noticesOf(t, strings.Replace(table, "%", c.kind, 1)+c.properties+`}}`)
		if c.want == "" && len(got) != 0 || c.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], "s/T (AWS::DynamoDB::"+c.kind+"): "+c.want)) {
			t.Errorf("%s with %s: notices %q, want %q", c.kind, c.properties, got, c.want)
		}
	}
}

func TestWhatABucketDoesNotDoIsNamed(t *testing.T) {
	for property, want := range map[string]string{
		`"VersioningConfiguration": {"Status": "Enabled"}`:                                        "VersioningConfiguration: only the newest version of an object is kept",
		`"VersioningConfiguration": {"Status": "Suspended"}`:                                      "",
		`"CorsConfiguration": {}`:                                                                 "CorsConfiguration: browsers cannot use the bucket directly",
		`"LifecycleConfiguration": {}`:                                                            "LifecycleConfiguration: objects never expire or move",
		`"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": true}}`: "",
		`"NotificationConfiguration": {"QueueConfigurations": []}`:                                "NotificationConfiguration.QueueConfigurations: local mode sends a bucket's events to EventBridge alone",
		`"ReplicationConfiguration": {}`:                                                          "ReplicationConfiguration: objects are not replicated",
		`"WebsiteConfiguration": {}`:                                                              "WebsiteConfiguration: the bucket has no website endpoint",
		`"ObjectLockEnabled": true`:                                                               "ObjectLockConfiguration: objects can always be deleted",
		`"AccessControl": "PublicRead"`:                                                           "AccessControl: the bucket is not public",
		`"BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}, "OwnershipControls": {}`:                           "",
		`"BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]}}}]}`: "BucketEncryption: nothing is encrypted, and nobody needs permissions on the key",
		`"Tomorrow": 1`: "Tomorrow: not known to local mode",
	} {
		got := noticesOf(t, `"B": {"Type": "AWS::S3::Bucket", "Metadata": {"aws:cdk:path": "s/B"}, "Properties": {`+property+`}}`)
		if want == "" && len(got) != 0 || want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], "s/B (AWS::S3::Bucket): "+want)) {
			t.Errorf("%s: notices %q, want %q", property, got, want)
		}
	}
}

func TestARoleHasEveryPolicyThatNamesIt(t *testing.T) {
	const allow = `{"Statement": {"Effect": "Allow", "Resource": "*", "Action": "%"}}`
	policy := func(action string) string { return strings.Replace(allow, "%", action, 1) }
	config, notices := read(t, `
		"R": {"Type": "AWS::IAM::Role", "Metadata": {"aws:cdk:path": "s/R"}, "Properties": {
			"RoleName": "given", "AssumeRolePolicyDocument": {},
			"Policies": [{"PolicyName": "inline", "PolicyDocument": `+policy("s3:A")+`}],
			"ManagedPolicyArns": [{"Ref": "M"}, "arn:aws:iam::aws:policy/AmazonS3FullAccess", "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess", {"Fn::GetAtt": ["R", "No"]}],
			"PermissionsBoundary": {"Ref": "Bound"}}},
		"P": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "PolicyDocument": `+policy("s3:B")+`, "Roles": [{"Ref": "R"}]}},
		"RP": {"Type": "AWS::IAM::RolePolicy", "Properties": {"PolicyName": "rp", "PolicyDocument": `+policy("s3:C")+`, "RoleName": {"Ref": "R"}}},
		"M": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": `+policy("s3:D")+`}},
		"N": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": `+policy("s3:E")+`, "Roles": [{"Ref": "R"}]}},
		"Bound": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": `+policy("s3:*")+`}},
		"Other": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "o", "PolicyDocument": `+policy("s3:F")+`, "Roles": ["other"]}}`)
	role := config.Roles[0]
	actions := map[string]bool{}
	for _, p := range role.Policies {
		actions[p.Statements[0].Actions[0]] = true
	}
	if diff := cmp.Diff(map[string]bool{"s3:A": true, "s3:B": true, "s3:C": true, "s3:D": true, "s3:E": true}, actions); diff != "" {
		t.Error(diff)
	}
	if role.Boundary == nil || role.Name != "given" || role.ARN != "arn:aws:iam::"+account+":role/given" {
		t.Errorf("role %s, %s, boundary %v", role.Name, role.ARN, role.Boundary)
	}
	var got []string
	for _, n := range notices {
		got = append(got, n.String())
	}
	want := []string{
		"s/R (AWS::IAM::Role): ManagedPolicyArns: local mode does not know what arn:aws:iam::aws:policy/AmazonS3FullAccess allows: what no other policy allows is denied",
		"s/R (AWS::IAM::Role): ManagedPolicyArns: local mode does not know what a policy outside the templates allows: what no other policy allows is denied",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestARoleFromElsewhereMayNothing(t *testing.T) {
	config, notices := read(t, `"F": {"Type": "AWS::Lambda::Function", "Metadata": {"aws:cdk:path": "s/F"}, "Properties": {"Role": "arn:aws:iam::1:role/path/imported"}}`)
	if len(config.Roles) != 1 || config.Roles[0].Name != "imported" || config.Roles[0].Session != "shop-F" || len(config.Roles[0].Policies) != 0 {
		t.Errorf("roles %+v, want the function's, with no policies", config.Roles)
	}
	if len(notices) != 1 || !strings.HasPrefix(notices[0].String(), "s/F (AWS::Lambda::Function): Role: arn:aws:iam::1:role/path/imported is not in the templates") {
		t.Errorf("notices %v", notices)
	}
}

func TestStatementsThatCannotBeJudgedAreNamed(t *testing.T) {
	got := noticesOf(t, `
		"P": {"Type": "AWS::IAM::Policy", "Metadata": {"aws:cdk:path": "s/P"}, "Properties": {"PolicyName": "p", "Roles": [], "PolicyDocument": {"Statement": [
			{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "s3"}}},
			{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceVpc": "v"}}}]}}},
		"B": {"Type": "AWS::S3::BucketPolicy", "Metadata": {"aws:cdk:path": "s/B"}, "Properties": {"Bucket": "b", "PolicyDocument": {"Statement": [
			{"Effect": "Deny", "NotPrincipal": {"AWS": "x"}, "Action": "s3:*", "Resource": "*"}]}}}`)
	want := []string{
		"s/B (AWS::S3::BucketPolicy): PolicyDocument.Statement[0]: NotPrincipal: local mode cannot judge this, so the statement never matches",
		"s/P (AWS::IAM::Policy): PolicyDocument.Statement[1]: Condition: aws:SourceVpc: local mode cannot judge this, so the statement never matches",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestATableMayHaveItsOwnPolicy(t *testing.T) {
	config, _ := read(t, `"T": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {
		"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
		"Replicas": [{"Region": "eu-west-1", "ResourcePolicy": {"PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*", "Principal": {"AWS": "`+cartRole+`"}}}}}]}}`)
	role := iam.Principal{RoleARN: cartRole, Account: account}
	if got := iam.Evaluate(iam.Policies{Resource: config.Tables[0].Policy}, iam.Request{Principal: role, Action: "dynamodb:GetItem", Resource: "x"}); got != iam.Allowed {
		t.Errorf("the table's policy gives %d, want that it allows", got)
	}
}

func TestTemplatesThatMakeNoSenseAreRefused(t *testing.T) {
	const key = `"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "AttributeDefinitions": []`
	for name, c := range map[string]struct{ resources, want string }{
		"a table without a key":       {`"T": {"Type": "AWS::DynamoDB::Table", "Properties": {}}`, "shop/T (AWS::DynamoDB::Table): KeySchema"},
		"a policy without statements": {`"P": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": {}}}`, "shop/P (AWS::IAM::Policy): policy document"},
		"a bucket policy without any": {`"P": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": "b", "PolicyDocument": {}}}`, "shop/P (AWS::S3::BucketPolicy): policy document"},
		"two tables of a name": {`"T": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "same", ` + key + `}},
			"U": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "same", ` + key + `}}`, "are both tables named same"},
		"two buckets of a name": {`"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "same"}},
			"C": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "same"}}`, "are both buckets named same"},
	} {
		if _, _, err := Read(assemble(t, c.resources, nil)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}
