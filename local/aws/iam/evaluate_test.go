package iam

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	roleARN = "arn:aws:iam::111111111111:role/cart"
	table   = "arn:aws:dynamodb:eu-west-1:111111111111:table/carts"
	object  = "arn:aws:s3:::site/index.html"
)

var (
	role       = Principal{RoleARN: roleARN, Account: "111111111111"}
	cloudFront = Principal{Service: "cloudfront.amazonaws.com"}
)

func parse(t testing.TB, document string) *Policy {
	t.Helper()
	p, err := Parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestIdentityPoliciesDecide(t *testing.T) {
	const grant = `{"Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:Query"],"Resource":["` + table + `","` + table + `/index/*"]}`
	for _, c := range []struct {
		name       string
		statements string
		action     string
		resource   string
		want       Decision
	}{
		{"an action and resource that are listed", grant, "dynamodb:GetItem", table, Allowed},
		{"an index under a wildcard", grant, "dynamodb:Query", table + "/index/by-owner", Allowed},
		{"an action that is not listed", grant, "dynamodb:PutItem", table, NotAllowed},
		{"another table with the same beginning", grant, "dynamodb:GetItem", table + "-old", NotAllowed},
		{"actions compare without case", grant, "DynamoDB:getitem", table, Allowed},
		{"resources compare with case", grant, "dynamodb:GetItem", strings.ToUpper(table), NotAllowed},
		{"a wildcard in the action", `{"Effect":"Allow","Action":"dynamodb:Get*","Resource":"*"}`, "dynamodb:GetItem", table, Allowed},
		{"a question mark is one character", `{"Effect":"Allow","Action":"dynamodb:?etItem","Resource":"*"}`, "dynamodb:GetItem", table, Allowed},
		{"a question mark is not none", `{"Effect":"Allow","Action":"dynamodb:?GetItem","Resource":"*"}`, "dynamodb:GetItem", table, NotAllowed},
		{"the star alone", `{"Effect":"Allow","Action":"*","Resource":"*"}`, "s3:PutObject", object, Allowed},
		{"a deny before an allow", `{"Effect":"Deny","Action":"dynamodb:GetItem","Resource":"*"},` + grant, "dynamodb:GetItem", table, IdentityDenies},
		{"a deny after an allow", grant + `,{"Effect":"Deny","Action":"dynamodb:*","Resource":"` + table + `"}`, "dynamodb:GetItem", table, IdentityDenies},
		{"a deny of something else", grant + `,{"Effect":"Deny","Action":"dynamodb:DeleteTable","Resource":"*"}`, "dynamodb:GetItem", table, Allowed},
		{"NotAction allows the rest", `{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`, "dynamodb:GetItem", table, Allowed},
		{"NotAction leaves out its own", `{"Effect":"Allow","NotAction":["iam:*","dynamodb:*"],"Resource":"*"}`, "dynamodb:GetItem", table, NotAllowed},
		{"NotResource allows the rest", `{"Effect":"Allow","Action":"s3:GetObject","NotResource":"arn:aws:s3:::secret/*"}`, "s3:GetObject", object, Allowed},
		{"NotResource leaves out its own", `{"Effect":"Allow","Action":"s3:GetObject","NotResource":"arn:aws:s3:::site/*"}`, "s3:GetObject", object, NotAllowed},
		{"a deny with NotResource", grant + `,{"Effect":"Deny","Action":"*","NotResource":"` + table + `"}`, "dynamodb:GetItem", table, Allowed},
		{"a bucket is not its objects", `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::site"}`, "s3:GetObject", object, NotAllowed},
		{"a policy variable matches nothing", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::site/${aws:username}/*"}`, "s3:GetObject", "arn:aws:s3:::site/${aws:username}/x", NotAllowed},
		{"a resource that could not be resolved matches nothing", `{"Effect":"Allow","Action":"s3:GetObject","Resource":{}}`, "s3:GetObject", object, NotAllowed},
	} {
		t.Run(c.name, func(t *testing.T) {
			policies := Policies{Identity: []*Policy{parse(t, `{"Statement":[`+c.statements+`]}`)}}
			if got := Evaluate(policies, Request{Principal: role, Action: c.action, Resource: c.resource}); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestConditionsDecide(t *testing.T) {
	context := map[string]string{
		"aws:securetransport": "true",
		"aws:sourcearn":       "arn:aws:cloudfront::111111111111:distribution/E1",
		"s3:prefix":           "photos/2026",
		"s3:tlsversion":       "1.3",
	}
	for _, c := range []struct {
		name      string
		condition string
		want      bool
	}{
		{"StringEquals", `"StringEquals":{"AWS:SourceArn":"arn:aws:cloudfront::111111111111:distribution/E1"}`, true},
		{"StringEquals of another", `"StringEquals":{"AWS:SourceArn":"arn:aws:cloudfront::111111111111:distribution/E2"}`, false},
		{"one value of several", `"StringEquals":{"s3:prefix":["a","photos/2026"]}`, true},
		{"StringNotEquals of none of several", `"StringNotEquals":{"s3:prefix":["a","photos/2026"]}`, false},
		{"StringNotEquals of a key that is not there", `"StringNotEquals":{"aws:PrincipalArn":"x"}`, true},
		{"StringEquals of a key that is not there", `"StringEquals":{"aws:PrincipalArn":"x"}`, false},
		{"IfExists of a key that is not there", `"StringEqualsIfExists":{"aws:PrincipalArn":"x"}`, true},
		{"StringLike", `"StringLike":{"s3:prefix":"photos/*"}`, true},
		{"StringNotLike", `"StringNotLike":{"s3:prefix":"photos/*"}`, false},
		{"StringEqualsIgnoreCase", `"StringEqualsIgnoreCase":{"s3:prefix":"PHOTOS/2026"}`, true},
		{"ArnLike", `"ArnLike":{"aws:SourceArn":"arn:aws:cloudfront::*:distribution/*"}`, true},
		{"ArnLike does not reach over a colon", `"ArnLike":{"aws:SourceArn":"arn:aws:*:distribution/E1"}`, false},
		{"Bool", `"Bool":{"aws:SecureTransport":"false"}`, false},
		{"Bool without quotes", `"Bool":{"aws:SecureTransport":true}`, true},
		{"Null of a key that is there", `"Null":{"aws:SourceArn":"false"}`, true},
		{"Null of a key that is not there", `"Null":{"aws:PrincipalArn":"true"}`, true},
		{"every condition has to hold", `"Bool":{"aws:SecureTransport":"true"},"StringEquals":{"s3:prefix":"a"}`, false},
		{"a key that is not known", `"StringNotEquals":{"aws:SourceVpc":"vpc-1"}`, false},
		{"an operator that is not known", `"IpAddress":{"aws:SourceArn":"10.0.0.0/8"}`, false},
		{"ForAllValues of a value that is listed", `"ForAllValues:StringEquals":{"s3:prefix":["a","photos/2026"]}`, true},
		{"ForAllValues of a value that is not", `"ForAllValues:StringLike":{"s3:prefix":"music/*"}`, false},
		{"ForAllValues of a key that is not there", `"ForAllValues:StringEquals":{"aws:PrincipalArn":"x"}`, true},
		{"ForAnyValue of a value that is listed", `"ForAnyValue:StringEquals":{"s3:prefix":["a","photos/2026"]}`, true},
		{"ForAnyValue of a value that is not", `"ForAnyValue:StringNotLike":{"s3:prefix":"photos/*"}`, false},
		{"ForAnyValue of a key that is not there", `"ForAnyValue:StringNotEquals":{"aws:PrincipalArn":"x"}`, false},
		{"ForAnyValue of a key that is not there, if it exists", `"ForAnyValue:StringEqualsIfExists":{"aws:PrincipalArn":"x"}`, true},
		{"a set operator that is not known", `"ForSomeValues:StringEquals":{"s3:prefix":"photos/2026"}`, false},
		{"ForAnyValue has no Null", `"ForAnyValue:Null":{"s3:prefix":"false"}`, false},
		{"NumericLessThan", `"NumericLessThan":{"s3:TlsVersion":"1.2"}`, false},
		{"NumericLessThan without quotes", `"NumericLessThan":{"s3:TlsVersion":1.4}`, true},
		{"NumericGreaterThanEquals", `"NumericGreaterThanEquals":{"s3:TlsVersion":"1.3"}`, true},
		{"NumericNotEquals", `"NumericNotEquals":{"s3:TlsVersion":["1.1","1.30"]}`, false},
		{"a number of what is none", `"NumericGreaterThan":{"s3:prefix":"0"}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := parse(t, `{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{`+c.condition+`}}}`)
			got := Evaluate(Policies{Identity: []*Policy{p}}, Request{Principal: role, Action: "s3:ListBucket", Resource: object, Context: context})
			if (got == Allowed) != c.want {
				t.Errorf("got decision %d, want allowed = %v", got, c.want)
			}
		})
	}
}

func TestBucketPoliciesDecideByPrincipal(t *testing.T) {
	for _, c := range []struct {
		name      string
		statement string
		who       Principal
		want      Decision
	}{
		{"a service", `"Effect":"Allow","Principal":{"Service":"cloudfront.amazonaws.com"}`, cloudFront, Allowed},
		{"another service", `"Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"}`, cloudFront, NotAllowed},
		{"a role", `"Effect":"Allow","Principal":{"AWS":"` + roleARN + `"}`, role, Allowed},
		{"another role", `"Effect":"Allow","Principal":{"AWS":["` + roleARN + `-2"]}`, role, NotAllowed},
		{"the account in an allow leaves it to the role's policies", `"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"}`, role, NotAllowed},
		{"the account in a deny", `"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111111111111:root"}`, role, ResourceDenies},
		{"anyone", `"Effect":"Allow","Principal":"*"`, Principal{}, Allowed},
		{"anyone in AWS", `"Effect":"Allow","Principal":{"AWS":"*"}`, Principal{}, Allowed},
		{"nobody matches a role", `"Effect":"Allow","Principal":{"AWS":"` + roleARN + `"}`, Principal{}, NotAllowed},
		{"a statement with NotPrincipal is not judged", `"Effect":"Allow","NotPrincipal":{"AWS":"x"}`, role, NotAllowed},
		{"a statement without a principal", `"Effect":"Allow"`, role, NotAllowed},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := parse(t, `{"Statement":[{`+c.statement+`,"Action":"s3:GetObject","Resource":"arn:aws:s3:::site/*"}]}`)
			if got := Evaluate(Policies{Resource: p}, Request{Principal: c.who, Action: "s3:GetObject", Resource: object}); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestBoundaryLimitsWhatTheRoleMayDo(t *testing.T) {
	all := parse(t, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	for _, c := range []struct {
		name, boundary string
		want           Decision
	}{
		{"it allows", `{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`, Allowed},
		{"it does not allow", `{"Statement":{"Effect":"Allow","Action":"sqs:*","Resource":"*"}}`, BoundaryNotAllow},
		{"it denies", `{"Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}`, BoundaryDenies},
	} {
		t.Run(c.name, func(t *testing.T) {
			policies := Policies{Identity: []*Policy{all}, Boundary: parse(t, c.boundary)}
			if got := Evaluate(policies, Request{Principal: role, Action: "s3:GetObject", Resource: object}); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
	boundary := Policies{Boundary: all}
	if got := Evaluate(boundary, Request{Principal: role, Action: "s3:GetObject", Resource: object}); got != NotAllowed {
		t.Errorf("a boundary alone gave %d: it must not allow anything by itself", got)
	}
}

func TestParseNamesWhatItCannotJudge(t *testing.T) {
	p := parse(t, `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"s3:*","Resource":"*"},
		{"Effect":"Allow","Action":"s3:*","Resource":[{},"arn:aws:s3:::${aws:username}"],
		 "Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"StringEquals":{"aws:sourcearn":"${x}"}}}]}`)
	want := []string{
		"Resource: a value that has no meaning here",
		"Resource: policy variables",
		"Condition: IpAddress",
		"Condition: aws:SourceIp",
		"Condition: aws:sourcearn: policy variables",
	}
	if diff := cmp.Diff(want, p.Statements[1].Unsupported); diff != "" {
		t.Error(diff)
	}
}

func TestParseRefusesWhatIsNoPolicy(t *testing.T) {
	for name, c := range map[string]struct{ document, want string }{
		"no JSON":                    {`{`, "unexpected end"},
		"no statement":               {`{"Version":"2012-10-17"}`, "no Statement"},
		"an unknown effect":          {`{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}`, `Statement[0]: it has the Effect "allow", want Allow or Deny`},
		"no action":                  {`{"Statement":{"Effect":"Allow","Resource":"*"}}`, "needs either Action or NotAction"},
		"an empty list of actions":   {`{"Statement":{"Effect":"Allow","Action":[],"Resource":"*"}}`, "Action: it is an empty list"},
		"no resource":                {`{"Statement":{"Effect":"Allow","Action":"*"}}`, "needs either Resource or NotResource"},
		"both forms of resource":     {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","NotResource":"x"}}`, "needs either Resource or NotResource"},
		"a principal that is a word": {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Principal":"me"}}`, `Principal: want "*" or an object`},
		"a condition without value":  {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":[]}}}}`, "has no value"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse([]byte(c.document)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestStatementsSayWhichServicesTheyConcern(t *testing.T) {
	for statement, want := range map[string]bool{
		`"Action":"s3:GetObject"`:                true,
		`"Action":["sqs:SendMessage","S3:Get*"]`: true,
		`"Action":"*"`:                           true,
		`"Action":"s?:*"`:                        true,
		`"NotAction":"s3:*"`:                     true,
		`"Action":"s3-outposts:*"`:               false,
		`"Action":["sqs:*","kms:Decrypt"]`:       false,
	} {
		p := parse(t, `{"Statement":{"Effect":"Allow","Resource":"*",`+statement+`}}`)
		if got := p.Statements[0].Concerns("s3"); got != want {
			t.Errorf("%s concerns s3: %v, want %v", statement, got, want)
		}
	}
}
