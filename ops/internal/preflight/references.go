package preflight

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// reference is a weak reference of a template: to an output of another stack,
// which is read when its own stack is made or updated, and never else
// (CloudFormation template reference, "Fn::GetStackOutput").
type reference struct {
	resource resource
	property string // its path: "Environment.Variables.CLIENT"

	StackName, OutputName string
}

// references finds the weak references of a resource.
func references(r resource) []reference {
	var found []reference
	var walk func(path []string, value any)
	walk = func(path []string, value any) {
		switch value := value.(type) {
		case []any:
			for _, element := range value {
				walk(path, element)
			}
		case map[string]any:
			if argument, ok := value["Fn::GetStackOutput"]; ok {
				ref := reference{resource: r, property: strings.Join(path, ".")}
				text, err := json.Marshal(argument)
				if err == nil && json.Unmarshal(text, &ref) == nil && ref.StackName != "" {
					found = append(found, ref)
				}
				return
			}
			for _, name := range slices.Sorted(maps.Keys(value)) {
				below := path
				if !strings.HasPrefix(name, "Fn::") {
					below = append(slices.Clone(path), name)
				}
				walk(below, value[name])
			}
		}
	}
	walk(nil, r.stack.next.Resources[r.LogicalID].Properties)
	return found
}

// checkReferences finds weak references whose value has moved on since the stack
// that has them was deployed. Only a deployment of that stack brings the new.
func checkReferences(ctx context.Context, w *world) []Finding {
	var findings []Finding
	seen := map[Finding]bool{}
	for _, s := range w.stacks {
		for _, r := range s.Resources {
			for _, ref := range references(resource{r, s}) {
				f := w.lookAt(ctx, ref)
				if !seen[f] {
					seen[f] = true
					findings = append(findings, f)
				}
			}
		}
	}
	return findings
}

func (w *world) lookAt(ctx context.Context, ref reference) Finding {
	subject := fmt.Sprintf("%s in %s", ref.OutputName, ref.resource.stack.Name)
	consumer, producer := ref.resource.stack, w.stackOf(ref.StackName)
	switch {
	case producer == nil:
		return surprises(subject, "", "it is an output of %s, which is no stack of this stage: not looked at", ref.StackName)
	case consumer.deployed.err != nil:
		return unknown(subject, consumer.deployed.err)
	case producer.deployed.err != nil:
		return unknown(subject, producer.deployed.err)
	}
	current, there := producer.deployed.outputs[ref.OutputName]
	if !there {
		if _, planned := producer.next.Outputs[ref.OutputName]; !planned {
			return stops(subject, "synthesize again", "%s has no such output, nor will it have", ref.StackName)
		}
		return fine(subject, "%s has no such output yet: it is deployed first", ref.StackName)
	}
	own, deployed := ref.resource.owned()
	if !deployed || !ref.wasThere() {
		return fine(subject, "it is read at this deployment")
	}
	used, known, err := w.used(ctx, ref, own)
	if err != nil {
		return unknown(subject, err)
	}
	if known {
		return judgeValue(subject, ref, current, used, w.stage.Name)
	}
	source := producer.deployed.source(ref.OutputName)
	return judgeTimes(subject, ref, source.updated.After(consumer.deployed.updated), w.stage.Name)
}

// wasThere reports whether the deployed template has the same reference at the
// same place.
func (ref reference) wasThere() bool {
	deployed := *ref.resource.stack
	deployed.next = deployed.deployed.template
	return slices.ContainsFunc(references(resource{ref.resource.Resource, &deployed}), func(other reference) bool {
		return other.property == ref.property && other.StackName == ref.StackName && other.OutputName == ref.OutputName
	})
}

// used are the values that the deployed resource has for a property, where its
// service tells: the issuer and audience of an authorizer, and a function's
// environment.
func (w *world) used(ctx context.Context, ref reference, own physical) (values []string, known bool, err error) {
	region := w.services.Regions[ref.resource.Stack.Region]
	variable, ofEnvironment := strings.CutPrefix(ref.property, "Environment.Variables.")
	switch {
	case ref.resource.Type == "AWS::Lambda::Function" && ofEnvironment:
		got, err := region.Functions.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(own.id)})
		if err != nil {
			return nil, false, err
		}
		if got.Environment == nil {
			return nil, true, nil
		}
		return []string{got.Environment.Variables[variable]}, true, nil
	case ref.resource.Type == "AWS::ApiGatewayV2::Authorizer" && strings.HasPrefix(ref.property, "JwtConfiguration."):
		api, _ := ref.resource.raw("ApiId").(map[string]any)
		id, _ := api["Ref"].(string)
		apiID := ref.resource.stack.deployed.resources[id].id
		got, err := region.Domains.GetAuthorizer(ctx, &apigatewayv2.GetAuthorizerInput{ApiId: aws.String(apiID), AuthorizerId: aws.String(own.id)})
		if err != nil {
			return nil, false, err
		}
		if got.JwtConfiguration == nil {
			return nil, true, nil
		}
		return append(slices.Clone(got.JwtConfiguration.Audience), aws.ToString(got.JwtConfiguration.Issuer)), true, nil
	}
	return nil, false, nil
}

// source is the resource that an output is of.
func (d deployed) source(output string) physical {
	object, _ := d.template.Outputs[output].Value.(map[string]any)
	id, _ := object["Ref"].(string)
	if pair, ok := object["Fn::GetAtt"].([]any); ok && len(pair) > 0 {
		id, _ = pair[0].(string)
	}
	return d.resources[id]
}

// judgeValue knows the value to be a part of one of those that are used: an
// issuer's address has the pool's ID in it.
func judgeValue(subject string, ref reference, current string, used []string, stage string) Finding {
	if slices.ContainsFunc(used, func(u string) bool { return strings.Contains(u, current) }) {
		return fine(subject, "%s is up to date", ref.property)
	}
	return surprises(subject, again(ref, stage), "%s of %s is still %s, and %s has %s now",
		ref.property, ref.resource, list(used), ref.StackName, current)
}

// judgeTimes is for what no service tells: it was changed later than it was read.
func judgeTimes(subject string, ref reference, later bool, stage string) Finding {
	if !later {
		return fine(subject, "nothing changed what it is since it was read")
	}
	return surprises(subject, again(ref, stage), "what %s has there was changed after %s last read it: it may be another",
		ref.StackName, ref.resource.stack.Name)
}

// again is what has CloudFormation read a reference again whose template did not
// change. It looks at the template's text, and finds nothing to do even if it
// is forced to; a change set that also looks at the resources has every resource
// with such a reference in it (cloudformation-coverage-roadmap issue 2559).
func again(ref reference, stage string) string {
	return fmt.Sprintf("npx cdk deploy -c stage=%s -e %s --revert-drift    # or change a resource that has it; what was changed by hand in the stack goes back, too",
		stage, ref.resource.stack.Name)
}
