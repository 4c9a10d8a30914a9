package main

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"annex/local/apigateway"
	"annex/local/assembly"
	"annex/local/cloudfront"
	"annex/local/console"
	"annex/local/events"
	"annex/local/lambda"
)

// list says what the plan describes, for the console. It reads the assembly, so
// it comes before the plan is served.
func (p plan) list(stage string, open hosts) console.Resources {
	l := newListing(p.assembly)
	for _, d := range p.distributions {
		g := console.Group{Title: "Behaviours", Note: strings.Join(d.Aliases, ", "), Columns: []string{"Path pattern", "Origin", "Methods", "Cache policy", "Functions"}}
		for _, b := range d.Behaviours {
			l.add("AWS::CloudFront::Distribution", d.ID, g, console.Row{Cells: []string{
				b.PathPattern, b.Origin.DomainName, strings.Join(b.AllowedMethods, " "), b.CachePolicy.Name, viewerFunctions(b),
			}})
		}
	}
	handlers := map[string]string{}
	for _, f := range p.functions {
		if handlers[f.ARN] = f.Name; f.Folder != "" {
			handlers[f.ARN] = path.Base(f.Folder)
		}
	}
	for _, api := range p.gateway.APIs {
		g := console.Group{Title: "Routes of " + api.Name, Note: p.addresses(api), Columns: []string{"Route", "Function", "Authorization", "Throttle"}}
		for _, r := range slices.SortedFunc(slices.Values(api.Routes), byPath) {
			function := handlers[unqualified(r.FunctionARN)]
			if r.Unsupported != "" {
				function = "501: " + r.Unsupported
			}
			l.add("AWS::ApiGatewayV2::Api", api.ID, g, console.Row{Cells: []string{r.Key.String(), function, authorization(r), throttle(api, r.Key.String())}})
		}
	}
	for _, api := range p.sockets.APIs {
		g := console.Group{Title: "Routes of " + api.Name, Note: p.socketAddresses(api), Columns: []string{"Route", "Function", "Authorization", "Answers"}}
		for _, r := range api.Routes {
			l.add("AWS::ApiGatewayV2::Api", api.ID, g, console.Row{Cells: socketRoute(r, handlers)})
		}
	}
	for _, f := range p.functions {
		g := console.Group{Title: "Functions", Columns: []string{"Function", "Handler", "Aliases", "Memory", "Timeout"}}
		l.add("AWS::Lambda::Function", f.Name, g, console.Row{Function: f.Name, Cells: []string{
			f.Name, f.Folder, aliases(f), strconv.Itoa(f.MemoryMiB) + " MB", f.Timeout.String(),
		}})
	}
	for _, s := range p.events.Schedules {
		l.add("AWS::Scheduler::Schedule", s.ARN[strings.LastIndexByte(s.ARN, '/')+1:], console.Group{Title: "Schedules", Columns: []string{"Schedule", "Times", "Function"}},
			console.Row{Cells: []string{s.Name, s.Expression, handlers[unqualified(s.Target)]}})
	}
	for _, m := range p.events.Mappings {
		g := console.Group{Title: "Event source mappings", Columns: []string{"Source", "Function", "Batch", "Gives up"}}
		l.add("AWS::Lambda::Function", functionName(m.Function), g, console.Row{Cells: []string{m.Name, handlers[unqualified(m.Function)], batches(m), givesUp(m)}})
	}
	for _, t := range p.aws.Tables {
		var keys, indexes []string
		for _, k := range t.KeySchema {
			keys = append(keys, k.AttributeName+" ("+k.KeyType+")")
		}
		for _, i := range append(slices.Clip(t.GlobalSecondaryIndexes), t.LocalSecondaryIndexes...) {
			indexes = append(indexes, i.IndexName)
		}
		l.add("AWS::DynamoDB::GlobalTable", t.Name, console.Group{Title: "Tables", Columns: []string{"Table", "Key", "Indexes", "Time to live"}},
			console.Row{Cells: []string{t.Name, strings.Join(keys, ", "), strings.Join(indexes, ", "), t.ExpiryAttribute}})
	}
	for _, b := range p.aws.Buckets {
		l.add("AWS::S3::Bucket", b.Name, console.Group{Title: "Buckets", Columns: []string{"Bucket"}}, console.Row{Cells: []string{b.Name}})
	}
	for _, q := range p.aws.Queues {
		l.add("AWS::SQS::Queue", q.URL, console.Group{Title: "Queues", Columns: []string{"Queue", "Hides for", "Keeps for", "Dead letters to"}},
			console.Row{Queue: q.ARN, Cells: []string{q.Name, q.Settings.Visibility.String(), retention(q), deadLettersOf(q)}})
	}
	for _, n := range append(slices.Clip(p.notices), unserved(p.assembly)...) {
		s := l.byName[n.Resource.Stack.Name]
		s.Unserved = append(s.Unserved, n.String())
	}
	return console.Resources{Stage: stage, Hosts: open, Stacks: l.stacks()}
}

// unqualified is a function's ARN without an alias or a version.
func unqualified(arn string) string {
	parts := strings.SplitN(arn, ":", 8)
	return strings.Join(parts[:min(len(parts), 7)], ":")
}

// functionName is the name in a function's ARN.
func functionName(arn string) string { return strings.Split(unqualified(arn), ":")[6] }

// batches are how a mapping gathers what it gives to its function.
func batches(m events.Mapping) string {
	text := fmt.Sprintf("up to %d", m.BatchSize)
	if m.Window > 0 {
		text += ", within " + m.Window.String()
	}
	if len(m.Filters) > 0 {
		text += ", filtered"
	}
	return text
}

// givesUp is when a mapping gives up what its function fails for.
func givesUp(m events.Mapping) string {
	switch {
	case strings.HasPrefix(m.Name, "queue "):
		return "the queue does"
	case m.Retries < 0:
		return "never"
	}
	return fmt.Sprintf("after %s", count(m.Retries, "retry", "retries"))
}

// byPath orders routes as a reader looks for them.
func byPath(a, b apigateway.Route) int {
	method, path, _ := strings.Cut(a.Key.String(), " ")
	otherMethod, otherPath, _ := strings.Cut(b.Key.String(), " ")
	return cmp.Or(strings.Compare(path, otherPath), strings.Compare(method, otherMethod))
}

// viewerFunctions are the events that a behaviour has functions for.
func viewerFunctions(b cloudfront.Behaviour) string {
	var all []string
	if b.ViewerRequest != nil {
		all = append(all, "viewer-request")
	}
	if b.ViewerResponse != nil {
		all = append(all, "viewer-response")
	}
	return strings.Join(all, ", ")
}

// addresses are where clients find an API.
func (p plan) addresses(api apigateway.API) string {
	var all []string
	for _, d := range p.gateway.Domains {
		for _, m := range d.Mappings {
			if m.API == api.ID {
				all = append(all, strings.TrimSuffix(d.Name+"/"+m.Key, "/"))
			}
		}
	}
	return strings.Join(all, ", ")
}

func authorization(r apigateway.Route) string {
	kind := cmp.Or(r.Authorization, apigateway.None)
	if r.Authorizer != nil {
		kind += " " + r.Authorizer.Name
	}
	return kind
}

// throttle is the limit of a route in the API's stages.
func throttle(api apigateway.API, key string) string {
	var limits []string
	for _, stage := range api.Stages {
		if limit := stage.ThrottleOf(key); limit != nil {
			limits = append(limits, fmt.Sprintf("%g/s, burst %d", limit.Rate, limit.Burst))
		}
	}
	return strings.Join(limits, "; ")
}

// aliases are a function's, each with its version.
func aliases(f lambda.Function) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(f.Aliases)) {
		all = append(all, name+" → "+f.Aliases[name].Version)
	}
	return strings.Join(all, ", ")
}

// environments are the functions' execution environments now, and how many are to
// be ready always, for the console.
func (s *system) environments() map[string]console.Environments {
	counts := map[string]console.Environments{}
	v := s.current.Load()
	for name, c := range v.functions.Count() {
		counts[name] = console.Environments{Idle: c.Idle, Busy: c.Busy}
	}
	for _, f := range v.plan.functions {
		for _, n := range f.Provisioned {
			c := counts[f.Name]
			c.Provisioned += n
			counts[f.Name] = c
		}
	}
	return counts
}

// listing collects resources by their stacks.
type listing struct {
	order  []*console.Stack
	byName map[string]*console.Stack
	byRef  map[string]*console.Stack // by the type and what Ref gives
}

func newListing(a *assembly.Assembly) *listing {
	l := &listing{byName: map[string]*console.Stack{}, byRef: map[string]*console.Stack{}}
	for _, stack := range a.Stacks {
		s := &console.Stack{Name: stack.Name, Region: stack.Region}
		l.order = append(l.order, s)
		l.byName[stack.Name] = s
		for _, r := range stack.Resources {
			kind := r.Type
			if kind == "AWS::DynamoDB::Table" {
				kind = "AWS::DynamoDB::GlobalTable"
			}
			l.byRef[kind+" "+r.Ref()] = s
		}
	}
	return l
}

// add adds a row to the group of its stack with the title.
func (l *listing) add(kind, ref string, g console.Group, row console.Row) {
	s := cmp.Or(l.byRef[kind+" "+ref], l.order[0]) // an assembly has stacks
	for i := range s.Groups {
		if s.Groups[i].Title == g.Title && s.Groups[i].Note == g.Note {
			s.Groups[i].Rows = append(s.Groups[i].Rows, row)
			return
		}
	}
	g.Rows = []console.Row{row}
	s.Groups = append(s.Groups, g)
}

// stacks are in the order in which they are deployed.
func (l *listing) stacks() []console.Stack {
	all := make([]console.Stack, len(l.order))
	for i, s := range l.order {
		all[i] = *s
	}
	return all
}
