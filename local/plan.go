package main

import (
	"fmt"
	"path"
	"slices"

	"annex/local/apigateway"
	"annex/local/assembly"
	"annex/local/aws"
	"annex/local/cloudfront"
	"annex/local/codedeploy"
	"annex/local/cognito"
	"annex/local/events"
	"annex/local/lambda"
	"annex/local/websocket"
)

// plan is what the templates say, before anything runs.
type plan struct {
	assembly      *assembly.Assembly
	functions     []lambda.Function
	gateway       apigateway.Config
	sockets       websocket.Config
	distributions []cloudfront.Distribution
	pools         cognito.Config
	aws           aws.Config
	groups        []codedeploy.Group
	events        events.Config
	notices       []assembly.Notice
}

// read reads the cloud assembly; it starts nothing. Errors name the template's
// file and the resource.
func read(dir string) (plan, error) {
	p, err := readPlan(dir)
	if p.assembly != nil {
		err = p.assembly.Located(err)
	}
	return p, err
}

func readPlan(dir string) (plan, error) {
	p := plan{}
	var err error
	if p.assembly, err = assembly.Read(dir); err != nil {
		return p, err
	}
	var notices []assembly.Notice
	add := func(err error) error {
		p.notices = append(p.notices, notices...)
		return err
	}
	p.functions, notices, err = lambda.Read(p.assembly)
	if err := add(err); err != nil {
		return p, err
	}
	p.events, notices, err = events.Read(p.assembly, p.functions)
	if err := add(err); err != nil {
		return p, err
	}
	p.groups, notices, err = codedeploy.Read(p.assembly)
	if err := add(err); err != nil {
		return p, err
	}
	p.gateway, notices, err = apigateway.Read(p.assembly)
	if err := add(err); err != nil {
		return p, err
	}
	p.sockets, notices, err = websocket.Read(p.assembly, p.gateway)
	if err := add(err); err != nil {
		return p, err
	}
	p.distributions, notices, err = cloudfront.Read(p.assembly)
	if err := add(err); err != nil {
		return p, err
	}
	p.pools, notices, err = cognito.Read(p.assembly)
	if err := add(err); err != nil {
		return p, err
	}
	p.aws, notices, err = aws.Read(p.assembly)
	if err := add(err); err != nil {
		return p, err
	}
	return p, nil
}

// handlers are the names of the functions' handlers, each once.
func (p plan) handlers() []string {
	var names []string
	for _, f := range p.functions {
		if f.Unsupported == "" && !slices.Contains(names, path.Base(f.Folder)) {
			names = append(names, path.Base(f.Folder))
		}
	}
	return names
}

// unserved are what the templates have and nothing here does anything for.
func (p plan) unserved() []string {
	var lines []string
	for _, n := range append(slices.Clip(p.notices), unserved(p.assembly)...) {
		lines = append(lines, n.String())
	}
	hosts := external(p)
	for _, host := range hosts[min(1, len(hosts)):] {
		lines = append(lines, fmt.Sprintf("the origin %s, for %s is taken for the container and there is one alone", host, hosts[0]))
	}
	return lines
}

// region is that of the endpoint's tables, for a developer's own tools.
func (p plan) region() string {
	if len(p.functions) > 0 {
		return p.functions[0].Region
	}
	return p.assembly.Stacks[0].Region
}

func stackNames(a *assembly.Assembly) []string {
	names := make([]string, len(a.Stacks))
	for i, stack := range a.Stacks {
		names[i] = stack.Name
	}
	return names
}
