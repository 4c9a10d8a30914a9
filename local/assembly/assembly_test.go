package assembly

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// write lays out a cloud assembly of one stack in eu-west-1, "shop", that
// depends on another in us-east-1, "base".
func write(t *testing.T, template string) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"manifest.json": `{"artifacts":{
			"shop.assets":{"type":"cdk:asset-manifest","properties":{"file":"shop.assets.json"}},
			"shop":{"type":"aws:cloudformation:stack","environment":"aws://111111111111/eu-west-1",
				"properties":{"templateFile":"shop.template.json"},"dependencies":["zbase","shop.assets"]},
			"zbase":{"type":"aws:cloudformation:stack","environment":"aws://111111111111/us-east-1",
				"properties":{"templateFile":"base.template.json","stackName":"base"}},
			"Tree":{"type":"cdk:tree","properties":{"file":"tree.json"}}}}`,
		"shop.assets.json":   `{"files":{"abc":{"source":{"path":"asset.abc","packaging":"zip"},"destinations":{"here":{"objectKey":"abc.zip"}}}}}`,
		"shop.template.json": template,
		"base.template.json": `{"Resources":{"Topic":{"Type":"AWS::SNS::Topic","Properties":{"TopicName":"alarms"}}},
			"Outputs":{"Name":{"Value":{"Ref":"Topic"}}}}`,
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReadOrdersStacksAndFindsAssets(t *testing.T) {
	dir := write(t, `{"Resources":{"Table":{"Type":"AWS::DynamoDB::Table","Metadata":{"aws:cdk:path":"shop/Carts"}}}}`)
	a, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range a.Stacks {
		names = append(names, s.Name+" "+s.Account+" "+s.Region)
	}
	want := []string{"base 111111111111 us-east-1", "shop 111111111111 eu-west-1"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	if got := a.Resources("AWS::DynamoDB::Table")[0].String(); got != "shop/Carts (AWS::DynamoDB::Table)" {
		t.Errorf("resource is named %q", got)
	}
	path, err := a.Asset(a.Stacks[1], "abc.zip")
	if err != nil || path != filepath.Join(dir, "asset.abc") {
		t.Errorf("asset = %q, %v", path, err)
	}
	if _, err := a.Asset(a.Stacks[1], "other.zip"); err == nil || !strings.Contains(err.Error(), "other.zip") {
		t.Errorf("a missing asset gave %v", err)
	}
}

func TestReadNamesWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ template, want string }{
		"cut off":       {`{"Resources":{"Odd":{"Type":"A::B`, "shop.template.json: unexpected end of JSON input"},
		"a list":        {`[]`, "shop.template.json: "},
		"no object":     {`{"Resources":[]}`, "shop.template.json: "},
		"a word":        {`{"Resources":{"Odd":"x"}}`, "shop.template.json: resource Odd is malformed: want an object, got JSON of type string"},
		"a type":        {`{"Resources":{"Odd":{"Type":5}}}`, "shop.template.json: resource Odd is malformed: Type: want a string, got JSON of type number"},
		"properties":    {`{"Resources":{"Odd":{"Type":"A::B::C","Properties":[]}}}`, "shop.template.json: resource Odd is malformed: Properties: want an object, got JSON of type array"},
		"an order":      {`{"Resources":{"Odd":{"Type":"A::B::C","DependsOn":[5]}}}`, "shop.template.json: resource Odd is malformed: DependsOn: want logical IDs, got 5"},
		"a parameter":   {`{"Parameters":{"Odd":5},"Resources":{}}`, "shop.template.json: parameter Odd: want an object, got JSON of type number"},
		"an output":     {`{"Outputs":{"Odd":[]},"Resources":{}}`, "shop.template.json: output Odd: want an object, got JSON of type array"},
		"twice":         {`{"Resources":{"Odd":{"Type":"A::B::C"},"Odd":{"Type":"A::B::D"}}}`, "shop.template.json: logical ID Odd is there twice"},
		"no type":       {`{"Resources":{"Odd":{}}}`, "resource Odd has no type"},
		"null resource": {`{"Resources":{"Odd":null}}`, "resource Odd has no type"},
		"a condition":   {`{"Resources":{"Odd":{"Type":"A::B::C","Condition":"IsProd"}}}`, "condition \"IsProd\""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(write(t, c.template))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want it to say %q", err, c.want)
			}
		})
	}
	if _, err := Read(t.TempDir()); err == nil || !strings.Contains(err.Error(), "cdk synth") {
		t.Errorf("an empty folder gave %v", err)
	}
}

func TestIntrinsicsResolveAsCloudFormationDoes(t *testing.T) {
	for name, c := range map[string]struct{ value, want string }{
		"Ref to a resource":      {`{"Ref":"Carts"}`, `"shop-Carts"`},
		"Ref to a named one":     {`{"Ref":"Named"}`, `"cart"`},
		"Ref to a parameter":     {`{"Ref":"Version"}`, `"21"`},
		"pseudo parameters":      {`{"Fn::Join":["/",[{"Ref":"AWS::Partition"},{"Ref":"AWS::Region"},{"Ref":"AWS::AccountId"},{"Ref":"AWS::URLSuffix"},{"Ref":"AWS::StackName"}]]}`, `"aws/eu-west-1/111111111111/amazonaws.com/shop"`},
		"NoValue leaves":         {`[1,{"Ref":"AWS::NoValue"},{"a":{"Ref":"AWS::NoValue"}}]`, `[1,{}]`},
		"GetAtt":                 {`{"Fn::GetAtt":["Carts","Arn"]}`, `"arn:aws:dynamodb:eu-west-1:111111111111:table/shop-Carts"`},
		"GetAtt as a string":     {`{"Fn::GetAtt":"Carts.Arn"}`, `"arn:aws:dynamodb:eu-west-1:111111111111:table/shop-Carts"`},
		"Join with a number":     {`{"Fn::Join":["-",["a",5,true]]}`, `"a-5-true"`},
		"Sub":                    {`{"Fn::Sub":"${AWS::Region}:${Carts}:${Carts.Arn}:${!literal}"}`, `"eu-west-1:shop-Carts:arn:aws:dynamodb:eu-west-1:111111111111:table/shop-Carts:${literal}"`},
		"Sub with variables":     {`{"Fn::Sub":["${x}",{"x":{"Ref":"Named"}}]}`, `"cart"`},
		"Select and Split":       {`{"Fn::Select":[1,{"Fn::Split":["/","a/b/c"]}]}`, `"b"`},
		"another stack's output": {`{"Fn::GetStackOutput":{"Region":"us-east-1","StackName":"base","OutputName":"Name"}}`, `"base-Topic"`},
		"alias":                  {`{"Ref":"Live"}`, `"arn:aws:lambda:eu-west-1:111111111111:function:cart:live"`},
		"version":                {`{"Fn::GetAtt":["V","Version"]}`, `"2"`},
		"bucket, lower case":     {`{"Fn::GetAtt":["Site","RegionalDomainName"]}`, `"shop-site.s3.eu-west-1.amazonaws.com"`},
	} {
		t.Run(name, func(t *testing.T) {
			var got struct{ Value any }
			decodeOne(t, c.value, &got)
			text, err := json.Marshal(got.Value)
			if err != nil {
				t.Fatal(err)
			}
			if string(text) != c.want {
				t.Errorf("%s resolves to %s, want %s", c.value, text, c.want)
			}
		})
	}
}

func decodeOne(t *testing.T, value string, into any) {
	t.Helper()
	unknown, err := probe(t, value).Decode(into)
	if err != nil || len(unknown) > 0 {
		t.Fatalf("decoding %s: %v, unknown %v", value, err, unknown)
	}
}

// probe is a resource whose one property, Value, is the given JSON, in a stack
// with a resource of each kind that the cases refer to.
func probe(t *testing.T, value string) *Resource {
	t.Helper()
	a, err := Read(write(t, `{"Parameters":{"Version":{"Type":"String","Default":"21"}},"Resources":{
		"Carts":{"Type":"AWS::DynamoDB::Table"},
		"Site":{"Type":"AWS::S3::Bucket"},
		"Named":{"Type":"AWS::Lambda::Function","Properties":{"FunctionName":"cart"}},
		"V":{"Type":"AWS::Lambda::Version","Properties":{"FunctionName":{"Ref":"Named"}}},
		"Live":{"Type":"AWS::Lambda::Alias","Properties":{"FunctionName":{"Ref":"Named"},"Name":"live"}},
		"Probe":{"Type":"Test::Probe","Metadata":{"aws:cdk:path":"shop/Probe"},"Properties":{"Value":`+value+`}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	return a.Resources("Test::Probe")[0]
}

func TestDecodeNamesWhatItDoesNotKnow(t *testing.T) {
	var got struct {
		Value struct {
			Timeout int
			Routes  map[string]struct{ Rate float64 }
			Enabled bool `json:"IsEnabled"`
		}
	}
	unknown, err := probe(t, `{"Timeout":"30","IsEnabled":"true","New":1,"Routes":{"GET /":{"Rate":2.5,"Burst":3}}}`).Decode(&got)
	if err != nil {
		t.Fatal(err)
	}
	if got.Value.Timeout != 30 || !got.Value.Enabled || got.Value.Routes["GET /"].Rate != 2.5 {
		t.Errorf("decoded %+v", got)
	}
	if diff := cmp.Diff([]string{"Value.New", "Value.Routes.GET /.Burst"}, unknown); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeFailsOnlyWhereTheValueIsNeeded(t *testing.T) {
	const odd = `{"Fn::Cidr":["10.0.0.0/8",1]}`
	var ignored struct{ Value any }
	if _, err := probe(t, odd).Decode(&ignored); err != nil {
		t.Errorf("an unused value gave %v", err)
	}
	var used struct{ Value string }
	_, err := probe(t, odd).Decode(&used)
	if err == nil || !strings.Contains(err.Error(), "shop/Probe (Test::Probe): Value: Fn::Cidr") {
		t.Errorf("a used value gave %v", err)
	}
	for value, want := range map[string]string{
		`"many"`:                        "Value: want a number, got \"many\"",
		`{"Ref":"Nobody"}`:              `ref "Nobody": shop has no such resource`,
		`{"Fn::GetAtt":["Carts","Eh"]}`: `does not know its attribute "Eh"`,
	} {
		var number struct{ Value int }
		if _, err := probe(t, value).Decode(&number); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gave %v, want it to say %q", value, err, want)
		}
	}
}

func TestUnreadIsWhatNobodyAskedFor(t *testing.T) {
	a, err := Read(write(t, `{"Resources":{"Carts":{"Type":"AWS::DynamoDB::Table"},"Store":{"Type":"AWS::CloudFront::KeyValueStore"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	a.Resources("AWS::DynamoDB::Table", "AWS::SNS::Topic")
	if unread := a.Unread(); len(unread) != 1 || unread[0].LogicalID != "Store" {
		t.Errorf("unread are %v", unread)
	}
}

func TestLongNamesStayWithinTheLimitAndApart(t *testing.T) {
	a := &Stack{assembly: &Assembly{}, Name: strings.Repeat("s", 60), Region: "eu-west-1"}
	one := (&Resource{Stack: a, Type: "AWS::S3::Bucket", LogicalID: "Bucket1"}).Ref()
	two := (&Resource{Stack: a, Type: "AWS::S3::Bucket", LogicalID: "Bucket2"}).Ref()
	if len(one) > 63 || one == two {
		t.Errorf("names %q and %q", one, two)
	}
}
