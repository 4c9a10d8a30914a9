package aws

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDeploymentsRunInTheOrderOfTheirDependencies(t *testing.T) {
	second := strings.Replace(deployment(`"b"`, `,"Prune": false`), `"Deployment": {`, `"Before": {`, 1)
	first := strings.Replace(deployment(`"a"`, `,"Prune": false`), `"Deployment": {`, `"Deployment": {"DependsOn": ["Before"], `, 1)
	third := strings.Replace(second, `"Before": {`, `"Aaa": {"DependsOn": ["Deployment", "Site"], `, 1)
	ran, _ := deployOnce(t, siteStore(t), shop+first+second+third, assets{"a": {"x": ""}, "b": {"y": ""}})
	config, _, err := Read(assemble(t, shop+first+second+third, assets{"a": {"x": ""}, "b": {"y": ""}}))
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, d := range config.Deployments {
		order = append(order, d.ID)
	}
	if diff := cmp.Diff([]string{"shop/Before", "shop/Deployment", "shop/Aaa"}, order); diff != "" || len(ran) != 3 {
		t.Errorf("%d ran: %s", len(ran), diff)
	}
}

func TestDeploymentsThatCannotRunAreNamed(t *testing.T) {
	for name, c := range map[string]struct{ resource, want string }{
		"a bucket from elsewhere": {strings.Replace(deployment(`"a"`, ""), `{"Ref": "Site"}`, `"elsewhere"`, 1), "the bucket is not in the templates"},
		"a value only AWS knows":  {deployment(`"a"`, `,"SourceMarkers": [{"<<x>>": {"Fn::GetAtt": ["Site", "Nothing"]}}]`), `SourceMarkers[0].<<x>>`},
		"a property of tomorrow":  {deployment(`"a"`, `,"Tomorrow": 1`), "Tomorrow: not known to local mode"},
	} {
		_, notices, err := Read(assemble(t, shop+c.resource, assets{"a": {"x": ""}}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var all []string
		for _, n := range notices {
			all = append(all, n.String())
		}
		contains(t, name, strings.Join(all, "\n"), "shop/Deployment (Custom::CDKBucketDeployment): ", c.want)
	}
	for name, c := range map[string]struct{ resource, want string }{
		"an asset that is not there": {deployment(`"none"`, ""), "SourceObjectKeys[0]"},
		"an option of tomorrow":      {deployment(`"a"`, `,"SystemMetadata": {"fly": "high"}`), `SystemMetadata: "fly"`},
		"a pattern that is none":     {deployment(`"a"`, `,"Exclude": ["[z-a]"]`), `pattern "[z-a]"`},
	} {
		if _, _, err := Read(assemble(t, shop+c.resource, assets{"a": {"x": ""}})); err == nil || !strings.Contains(err.Error(), "shop/Deployment") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}
