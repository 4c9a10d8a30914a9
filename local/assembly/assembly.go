// Package assembly reads a cloud assembly (cdk.out): its stacks, their
// resources with every intrinsic function resolved, and its file assets. It
// knows how CloudFormation names things and nothing of what they do. Only
// local's packages may import it, and ops/preflight, which looks for what such a
// deployment would meet.
package assembly

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// Assembly is one synthesized stage. It is not safe for concurrent use.
type Assembly struct {
	Dir    string
	Stacks []*Stack // a stack comes after those that it depends on

	referred map[string]*referred // by what they lead to, such as shop/Carts.TableName
	asked    map[string]bool      // the types that Resources was asked for
}

// Stack is one CloudFormation stack of the assembly.
type Stack struct {
	Name, Account, Region string
	Template              string      // its file
	Resources             []*Resource // by logical ID

	// Bootstrap is the version of the CDK's bootstrap stack that a deployment
	// needs, and BootstrapParameter the SSM parameter that has the version there is.
	Bootstrap          int
	BootstrapParameter string

	assembly   *Assembly
	byID       map[string]*Resource
	parameters map[string]any
	outputs    map[string]any
	assets     map[string]string // file or folder in the assembly, by the key under which it is uploaded
}

// Resource is one resource of a stack's template.
type Resource struct {
	Stack     *Stack
	LogicalID string
	Type      string         // such as AWS::Lambda::Function
	Path      string         // the construct's path, for messages
	Metadata  map[string]any // the template's Metadata, unresolved
	DependsOn []string       // logical IDs

	properties   map[string]any
	updatePolicy map[string]any
}

// String names the resource the way messages do.
func (r *Resource) String() string {
	name := r.Path
	if name == "" {
		name = r.Stack.Name + "/" + r.LogicalID
	}
	return name + " (" + r.Type + ")"
}

// Located adds to an error that names a resource in which file of the assembly,
// and under which logical ID, that resource is.
func (a *Assembly) Located(err error) error {
	if err == nil {
		return nil
	}
	for _, stack := range a.Stacks {
		for _, r := range stack.Resources {
			if strings.Contains(err.Error(), r.String()) {
				return fmt.Errorf("%w (%s, %s)", err, stack.Template, r.LogicalID)
			}
		}
	}
	return err
}

// Resources returns every resource of the given types, in the order of the
// stacks and, within one, of the logical IDs.
func (a *Assembly) Resources(types ...string) []*Resource {
	for _, t := range types {
		a.asked[t] = true
	}
	var found []*Resource
	for _, stack := range a.Stacks {
		for _, r := range stack.Resources {
			if slices.Contains(types, r.Type) {
				found = append(found, r)
			}
		}
	}
	return found
}

// Unread returns the resources of the types that Resources was never asked
// for: nothing in local mode knows them.
func (a *Assembly) Unread() []*Resource {
	var unread []*Resource
	for _, stack := range a.Stacks {
		for _, r := range stack.Resources {
			if !a.asked[r.Type] {
				unread = append(unread, r)
			}
		}
	}
	return unread
}

// Asset returns the file or folder that a deployment of the stack would
// upload under the object key.
func (a *Assembly) Asset(stack *Stack, objectKey string) (string, error) {
	path, ok := stack.assets[objectKey]
	if !ok {
		return "", fmt.Errorf("%s has no file asset %q: synthesize again", stack.Name, objectKey)
	}
	return filepath.Join(a.Dir, path), nil
}

// Read reads the cloud assembly in dir. Errors name the file and, where there
// is one, the resource.
func Read(dir string) (*Assembly, error) {
	var manifest struct {
		Artifacts map[string]artifact `json:"artifacts"`
	}
	if err := readJSON(filepath.Join(dir, "manifest.json"), &manifest); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s holds no cloud assembly: run `npx cdk synth` first", dir)
		}
		return nil, err
	}
	a := &Assembly{Dir: dir, asked: map[string]bool{}}
	done := map[string]bool{}
	var add func(id string) error
	add = func(id string) error {
		art, known := manifest.Artifacts[id]
		if !known || done[id] {
			return nil
		}
		done[id] = true
		for _, dependency := range art.Dependencies {
			if err := add(dependency); err != nil {
				return err
			}
		}
		if art.Type != "aws:cloudformation:stack" {
			return nil
		}
		stack, err := a.readStack(id, art, manifest.Artifacts)
		if err != nil {
			return err
		}
		a.Stacks = append(a.Stacks, stack)
		return nil
	}
	ids := make([]string, 0, len(manifest.Artifacts))
	for id := range manifest.Artifacts {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	for _, id := range ids {
		if err := add(id); err != nil {
			return nil, err
		}
	}
	if len(a.Stacks) == 0 {
		return nil, fmt.Errorf("%s holds no stacks: run `npx cdk synth` again", dir)
	}
	return a, nil
}

// artifact is one entry of manifest.json.
type artifact struct {
	Type         string   `json:"type"`
	Environment  string   `json:"environment"`
	Dependencies []string `json:"dependencies"`
	Properties   struct {
		TemplateFile       string `json:"templateFile"`
		StackName          string `json:"stackName"`
		File               string `json:"file"`
		Bootstrap          int    `json:"requiresBootstrapStackVersion"`
		BootstrapParameter string `json:"bootstrapStackVersionSsmParameter"`
	} `json:"properties"`
}

func (a *Assembly) readStack(id string, art artifact, all map[string]artifact) (*Stack, error) {
	stack := &Stack{Name: id, assembly: a, byID: map[string]*Resource{}, assets: map[string]string{}}
	if art.Properties.StackName != "" {
		stack.Name = art.Properties.StackName
	}
	environment := strings.Split(strings.TrimPrefix(art.Environment, "aws://"), "/")
	if len(environment) != 2 || strings.HasPrefix(environment[0], "unknown") || strings.HasPrefix(environment[1], "unknown") {
		return nil, fmt.Errorf("stack %s has no account and region (environment %q): give it both", id, art.Environment)
	}
	stack.Account, stack.Region = environment[0], environment[1]

	if art.Properties.TemplateFile == "" {
		return nil, fmt.Errorf("stack %s has no template in the manifest: synthesize again", id)
	}
	stack.Bootstrap, stack.BootstrapParameter = art.Properties.Bootstrap, art.Properties.BootstrapParameter
	stack.Template = filepath.Join(a.Dir, art.Properties.TemplateFile)
	if err := stack.readTemplate(stack.Template); err != nil {
		return nil, err
	}
	for _, dependency := range art.Dependencies {
		if assets := all[dependency]; assets.Type == "cdk:asset-manifest" {
			if err := stack.readAssets(filepath.Join(a.Dir, assets.Properties.File)); err != nil {
				return nil, err
			}
		}
	}
	return stack, nil
}

func (s *Stack) readAssets(file string) error {
	var manifest struct {
		Files map[string]struct {
			Source struct {
				Path string `json:"path"`
			} `json:"source"`
			Destinations map[string]struct {
				ObjectKey string `json:"objectKey"`
			} `json:"destinations"`
		} `json:"files"`
	}
	if err := readJSON(file, &manifest); err != nil {
		return err
	}
	for _, f := range manifest.Files {
		for _, d := range f.Destinations {
			s.assets[d.ObjectKey] = f.Source.Path
		}
	}
	return nil
}

func readJSON(file string, v any) error {
	data, err := os.ReadFile(file) //nolint:gosec // a file of the assembly that the caller named
	if err != nil {
		return fmt.Errorf("reading the cloud assembly: %w", err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("reading the cloud assembly: %s: %w", file, err)
	}
	return nil
}
