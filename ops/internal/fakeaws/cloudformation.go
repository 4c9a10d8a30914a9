package fakeaws

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// Stack is a stack of CloudFormation's.
type Stack struct {
	Status    string // "CREATE_COMPLETE"
	Template  string // JSON
	Updated   time.Time
	Protected bool
	Outputs   map[string]string
	Resources map[string]Resource // by logical ID
}

// Resource is a resource of a stack.
type Resource struct {
	ID, Type string
	Updated  time.Time
}

var cloudformationOperations = map[string]operation{
	"DescribeStacks": func(a *Account, r *request) (any, error) {
		name := r.form().Get("StackName")
		s, err := a.stack(r)
		if err != nil {
			return nil, err
		}
		type output struct{ OutputKey, OutputValue string }
		type described struct {
			StackName, StackStatus        string
			CreationTime, LastUpdatedTime string
			EnableTerminationProtection   bool
			Outputs                       []output `xml:"Outputs>member"`
		}
		stack := described{name, s.Status, s.Updated.UTC().Format(time.RFC3339), s.Updated.UTC().Format(time.RFC3339), s.Protected, nil}
		for _, key := range slices.Sorted(maps.Keys(s.Outputs)) {
			stack.Outputs = append(stack.Outputs, output{key, s.Outputs[key]})
		}
		return struct {
			Stacks []described `xml:"Stacks>member"`
		}{[]described{stack}}, nil
	},
	"GetTemplate": func(a *Account, r *request) (any, error) {
		s, err := a.stack(r)
		if err != nil {
			return nil, err
		}
		return struct{ TemplateBody string }{s.Template}, nil
	},
	"ListStackResources": func(a *Account, r *request) (any, error) {
		s, err := a.stack(r)
		if err != nil {
			return nil, err
		}
		type summary struct {
			LogicalID                                          string `xml:"LogicalResourceId"`
			PhysicalID                                         string `xml:"PhysicalResourceId"`
			ResourceType, ResourceStatus, LastUpdatedTimestamp string
		}
		var list []summary
		for _, id := range slices.Sorted(maps.Keys(s.Resources)) {
			of := s.Resources[id]
			list = append(list, summary{id, of.ID, of.Type, "CREATE_COMPLETE", of.Updated.UTC().Format(time.RFC3339)})
		}
		return struct {
			StackResourceSummaries []summary `xml:"StackResourceSummaries>member"`
		}{list}, nil
	},
}

func (a *Account) stack(r *request) (*Stack, error) {
	name := r.form().Get("StackName")
	s := a.Stacks[r.region+" "+name]
	if s == nil {
		return nil, refuse(http.StatusBadRequest, "ValidationError", "Stack with id %s does not exist", name)
	}
	return s, nil
}
