package lambda

import (
	"fmt"
	"strings"
	"time"

	"annex/local/assembly"
)

// Read finds the functions of the assembly with their versions and aliases.
// Functions that local mode cannot run are among them, so that invoking one
// says why; what the CDK brings to carry out a deployment is not. The notices
// name what has no effect here. The error names the resource that is
// malformed.
func Read(a *assembly.Assembly) ([]Function, []assembly.Notice, error) {
	layers, notices, err := readLayers(a)
	if err != nil {
		return nil, nil, err
	}
	functions := map[string]*Function{} // by ARN
	var order []*Function
	for _, r := range a.Resources("AWS::Lambda::Function") {
		if isProvider(r) {
			continue
		}
		f, unknown, err := readFunction(r, layers)
		if err != nil {
			return nil, nil, err
		}
		if f.Unsupported != "" {
			notices = append(notices, assembly.Notice{Resource: r, Reason: f.Unsupported})
		} else {
			notices = append(notices, assembly.Unknown(r, unknown)...)
		}
		functions[f.ARN] = f
		order = append(order, f)
	}
	qualify := func(kind string, read func(*assembly.Resource, *Function) ([]assembly.Notice, error)) error {
		for _, r := range a.Resources(kind) {
			arn, err := functionARN(r)
			if err != nil {
				return err
			}
			f, ok := functions[arn]
			if !ok {
				continue // of a provider, or of a function that is not in the assembly
			}
			more, err := read(r, f)
			if err != nil {
				return err
			}
			notices = append(notices, more...)
		}
		return nil
	}
	if err := qualify("AWS::Lambda::Version", readVersion); err != nil {
		return nil, nil, err
	}
	if err := qualify("AWS::Lambda::Alias", readAlias); err != nil {
		return nil, nil, err
	}
	more, err := readScaling(a, order)
	if err != nil {
		return nil, nil, err
	}
	notices = append(notices, more...)
	list := make([]Function, 0, len(order))
	for _, f := range order {
		list = append(list, *f)
	}
	return list, notices, nil
}

// isProvider says whether a function belongs to the CDK, as the provider of a
// custom resource. The CDK names their constructs so.
func isProvider(r *assembly.Resource) bool {
	return strings.Contains(r.Path, "/Custom::")
}

func readFunction(r *assembly.Resource, layers map[string]string) (*Function, []string, error) {
	var p struct {
		FunctionName  string
		Handler       string
		Runtime       string
		Role          string
		Timeout       int // seconds
		MemorySize    int // MiB
		Environment   struct{ Variables map[string]string }
		LoggingConfig struct {
			LogFormat, LogGroup, ApplicationLogLevel string
			SystemLogLevel                           any // Lambda's own lines are always written
		}
		ReservedConcurrentExecutions *int
		Layers                       []string

		Architectures, Code                                any // the handler is compiled for this machine
		EphemeralStorage                                   any // as much as there is here
		TracingConfig                                      any // there is nowhere to send traces to
		CodeSigningConfigArn, Description, KmsKeyArn, Tags any // a handler cannot tell
		RecursiveLoop, RuntimeManagementConfig             any // nor these
		DeadLetterConfig                                   any // who starts functions asynchronously reads it
	}
	unknown, err := r.Decode(&p)
	if err != nil {
		return nil, nil, err
	}
	arn, err := r.Att("Arn")
	if err != nil {
		return nil, nil, err
	}
	folder, _ := r.Metadata["annex:handler"].(string) // web.HandlerMetadata: no test/e2e passes with another
	f := &Function{
		Name:                r.Ref(),
		ARN:                 arn,
		Region:              r.Stack.Region,
		Account:             r.Stack.Account,
		Folder:              folder,
		Handler:             p.Handler,
		Timeout:             time.Duration(p.Timeout) * time.Second,
		MemoryMiB:           p.MemorySize,
		Environment:         p.Environment.Variables,
		RoleARN:             p.Role,
		LogGroup:            p.LoggingConfig.LogGroup,
		LogFormat:           p.LoggingConfig.LogFormat,
		LogLevel:            p.LoggingConfig.ApplicationLogLevel,
		ReservedConcurrency: p.ReservedConcurrentExecutions,
		Aliases:             map[string]Alias{},
	}
	for _, version := range p.Layers {
		archive, ok := layers[version]
		if !ok {
			return nil, nil, fmt.Errorf("%s: Layers: %s is of no stack here: local mode has the layers of the stage alone", r, version)
		}
		f.Layers = append(f.Layers, archive)
	}
	switch {
	case folder == "":
		f.Unsupported = "it is no handler of this repository: its Metadata has no annex:handler"
	case !strings.HasPrefix(p.Runtime, "provided."):
		f.Unsupported = fmt.Sprintf("its runtime is %q: local mode runs compiled handlers, on provided.al2023", p.Runtime)
	}
	f.withDefaults()
	if property, err := f.checkLimits(p.Timeout); err != nil {
		return nil, nil, fmt.Errorf("%s: %s: %w", r, property, err)
	}
	return f, unknown, nil
}

// The quotas of a function (§2.4), beyond which a deployment fails.
const (
	maxTimeoutSeconds = 900
	minMemoryMiB      = 128
	maxMemoryMiB      = 10_240
	maxVariablesBytes = 4 << 10
)

// checkLimits names the property that is beyond one.
func (f *Function) checkLimits(timeoutSeconds int) (property string, err error) {
	switch {
	case timeoutSeconds < 0 || timeoutSeconds > maxTimeoutSeconds:
		return "Timeout", fmt.Errorf("%d, want 1 to %d seconds", timeoutSeconds, maxTimeoutSeconds)
	case f.MemoryMiB < minMemoryMiB || f.MemoryMiB > maxMemoryMiB:
		return "MemorySize", fmt.Errorf("%d, want %d to %d MiB", f.MemoryMiB, minMemoryMiB, maxMemoryMiB)
	}
	size := 0
	for name, value := range f.Environment {
		size += len(name) + len(value)
	}
	if size > maxVariablesBytes {
		return "Environment", fmt.Errorf("the variables have %d bytes, and Lambda takes no more than 4 KB: keep what is large in a parameter or a bucket", size)
	}
	return "", nil
}

// withDefaults fills in what Lambda does for what a template leaves out.
func (f *Function) withDefaults() {
	if f.Handler == "" {
		f.Handler = "bootstrap"
	}
	if f.Timeout == 0 {
		f.Timeout = 3 * time.Second
	}
	if f.MemoryMiB == 0 {
		f.MemoryMiB = 128
	}
	if f.LogGroup == "" {
		f.LogGroup = "/aws/lambda/" + f.Name
	}
}

// functionARN is the ARN of the function that a version or an alias is of.
func functionARN(r *assembly.Resource) (string, error) {
	att := map[string]string{"AWS::Lambda::Version": "FunctionArn", "AWS::Lambda::Alias": "AliasArn"}[r.Type]
	arn, err := r.Att(att)
	if err != nil {
		return "", err
	}
	unqualified, _ := splitARN(arn)
	return unqualified, nil
}

func readVersion(r *assembly.Resource, f *Function) ([]assembly.Notice, error) {
	var p struct {
		CodeSha256, Description, FunctionName any // which code it is of does not matter: there is one
	}
	unknown, err := r.Decode(&p)
	if err != nil {
		return nil, err
	}
	version, err := r.Att("Version")
	if err != nil {
		return nil, err
	}
	f.Versions = append(f.Versions, version)
	return assembly.Unknown(r, unknown), nil
}

func readAlias(r *assembly.Resource, f *Function) ([]assembly.Notice, error) {
	var p struct {
		Name, FunctionVersion string
		FunctionName          any // known from the alias's ARN
		RoutingConfig         struct {
			AdditionalVersionWeights []struct {
				FunctionVersion string
				FunctionWeight  float64
			}
		}
		ProvisionedConcurrencyConfig struct{ ProvisionedConcurrentExecutions int }
		Description                  any
	}
	unknown, err := r.Decode(&p)
	if err != nil {
		return nil, err
	}
	if p.Name == "" || p.FunctionVersion == "" {
		return nil, fmt.Errorf("%s: it needs a Name and a FunctionVersion", r)
	}
	alias := Alias{Version: p.FunctionVersion}
	for _, w := range p.RoutingConfig.AdditionalVersionWeights {
		if w.FunctionVersion == "" || w.FunctionWeight < 0 || w.FunctionWeight > 1 {
			return nil, fmt.Errorf("%s: RoutingConfig: weight %v of version %q: want a version, and a share from 0 to 1", r, w.FunctionWeight, w.FunctionVersion)
		}
		if alias.Weights == nil {
			alias.Weights = map[string]float64{}
		}
		alias.Weights[w.FunctionVersion] = w.FunctionWeight
	}
	f.Aliases[p.Name] = alias
	f.provision(p.Name, p.ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions)
	notices := assembly.Unknown(r, unknown)
	if alias.Weights != nil {
		notices = append(notices, assembly.Notice{Resource: r, Property: "RoutingConfig", Reason: "the versions run the same code here; `make shift` splits invocations between two builds"})
	}
	return notices, nil
}
