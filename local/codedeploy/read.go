package codedeploy

import (
	"fmt"
	"strings"
	"time"

	"annex/local/assembly"
)

// Group is a deployment group, with the alias whose updates go through it.
type Group struct {
	Name        string
	ARN         string
	FunctionARN string // unqualified
	Function    string // its name
	Alias       string // such as live
	New         string // the number of the version that the template publishes
	Traffic     Traffic
	Alarms      []Alarm // those that can be evaluated here
	Before      string  // the ARN of the function that is the BeforeAllowTraffic hook; empty for none
	After       string  // of AfterAllowTraffic
}

// Read finds the deployment groups of the assembly's aliases. The notices name
// what of a release does not take place here. The error names the resource that
// is malformed.
func Read(a *assembly.Assembly) ([]Group, []assembly.Notice, error) {
	a.Resources("AWS::CodeDeploy::Application") // it is but a name
	configs, notices, err := readConfigs(a)
	if err != nil {
		return nil, nil, err
	}
	resources := map[string]*assembly.Resource{} // the groups, by stack and name
	for _, r := range a.Resources("AWS::CodeDeploy::DeploymentGroup") {
		resources[r.Stack.Name+"/"+r.Ref()] = r
	}
	var groups []Group
	for _, r := range a.Resources("AWS::Lambda::Alias") {
		g, name, unknown, err := readAlias(r)
		if err != nil {
			return nil, nil, err
		}
		notices = append(notices, assembly.Unknown(r, unknown)...)
		if name == "" {
			continue
		}
		resource, ok := resources[r.Stack.Name+"/"+name]
		if !ok {
			return nil, nil, fmt.Errorf("%s: UpdatePolicy: its stack has no deployment group %q", r, name)
		}
		more, err := g.readGroup(a, resource, configs)
		if err != nil {
			return nil, nil, err
		}
		notices = append(notices, more...)
		groups = append(groups, g)
	}
	return groups, notices, nil
}

// readAlias reads how an alias is updated, and by the deployment group of which
// name; there is none where CloudFormation does it alone.
func readAlias(r *assembly.Resource) (g Group, group string, unknown []string, err error) {
	var policy struct {
		CodeDeployLambdaAliasUpdate struct {
			ApplicationName, DeploymentGroupName          string
			BeforeAllowTrafficHook, AfterAllowTrafficHook string
		}
	}
	if unknown, err = r.DecodeUpdatePolicy(&policy); err != nil {
		return Group{}, "", nil, fmt.Errorf("%w, in its UpdatePolicy", err)
	}
	for i := range unknown {
		unknown[i] = "UpdatePolicy." + unknown[i]
	}
	update := policy.CodeDeployLambdaAliasUpdate
	if update.DeploymentGroupName == "" {
		return Group{}, "", unknown, nil
	}
	var p struct {
		Name, FunctionVersion string
	}
	if _, err := r.Decode(&p); err != nil { // what it does not know, lambda.Read names
		return Group{}, "", nil, err
	}
	arn, err := r.Att("AliasArn")
	if err != nil {
		return Group{}, "", nil, err
	}
	function := strings.TrimSuffix(arn, ":"+p.Name)
	at := strings.LastIndexByte(function, ':') + 1
	g = Group{FunctionARN: function, Function: function[at:], Alias: p.Name, New: p.FunctionVersion}
	g.Before, g.After = hook(update.BeforeAllowTrafficHook, function[:at]), hook(update.AfterAllowTrafficHook, function[:at])
	return g, update.DeploymentGroupName, unknown, nil
}

// hook is the ARN of a function that is given by its name or its ARN.
func hook(name, prefix string) string {
	if name == "" || strings.HasPrefix(name, "arn:") {
		return name
	}
	return prefix + name
}

// readGroup reads a deployment group into g.
func (g *Group) readGroup(a *assembly.Assembly, r *assembly.Resource, configs map[string]Traffic) ([]assembly.Notice, error) {
	var p struct {
		ApplicationName, DeploymentConfigName string
		AlarmConfiguration                    struct {
			Enabled                bool
			Alarms                 []struct{ Name string }
			IgnorePollAlarmFailure any // there is nothing to fail
		}
		AutoRollbackConfiguration any // CloudFormation goes back in any case, when an update has failed
		TriggerConfigurations     any // nobody is told here
		DeploymentGroupName       any // known from Ref
		DeploymentStyle           any // there is one for Lambda
		ServiceRoleArn            any // local mode asks nobody whether it may
		Tags                      any
	}
	unknown, err := r.Decode(&p)
	if err != nil {
		return nil, err
	}
	notices := assembly.Unknown(r, unknown)
	g.Name = r.Ref()
	partition, _, _ := strings.Cut(strings.TrimPrefix(g.FunctionARN, "arn:"), ":")
	g.ARN = fmt.Sprintf("arn:%s:codedeploy:%s:%s:deploymentgroup:%s/%s", partition, r.Stack.Region, r.Stack.Account, p.ApplicationName, g.Name)
	known := false
	if g.Traffic, known = predefinedTraffic(p.DeploymentConfigName); !known {
		if g.Traffic, known = configs[r.Stack.Name+"/"+p.DeploymentConfigName]; !known {
			return nil, fmt.Errorf("%s: DeploymentConfigName: neither AWS nor its stack has a configuration %q for Lambda", r, p.DeploymentConfigName)
		}
	}
	if !p.AlarmConfiguration.Enabled {
		return notices, nil
	}
	for _, named := range p.AlarmConfiguration.Alarms {
		alarm, more, err := readAlarm(a, r, named.Name)
		if err != nil {
			return nil, err
		}
		notices = append(notices, more...)
		if alarm != nil {
			g.Alarms = append(g.Alarms, *alarm)
		}
	}
	return notices, nil
}

// readConfigs reads the deployment configurations, by stack and name.
func readConfigs(a *assembly.Assembly) (map[string]Traffic, []assembly.Notice, error) {
	var notices assembly.Notices
	configs := map[string]Traffic{}
	for _, r := range a.Resources("AWS::CodeDeploy::DeploymentConfig") {
		var p struct {
			ComputePlatform, DeploymentConfigName any
			TrafficRoutingConfig                  struct {
				Type            string
				TimeBasedCanary struct{ CanaryPercentage, CanaryInterval int } // minutes
				TimeBasedLinear struct{ LinearPercentage, LinearInterval int }
			}
		}
		if err := notices.Decode(r, &p); err != nil {
			return nil, nil, err
		}
		var t Traffic
		switch routing := p.TrafficRoutingConfig; routing.Type {
		case "AllAtOnce":
		case "TimeBasedCanary":
			t = Traffic{routing.TimeBasedCanary.CanaryPercentage, time.Duration(routing.TimeBasedCanary.CanaryInterval) * time.Minute, false}
		case "TimeBasedLinear":
			t = Traffic{routing.TimeBasedLinear.LinearPercentage, time.Duration(routing.TimeBasedLinear.LinearInterval) * time.Minute, true}
		default:
			return nil, nil, fmt.Errorf("%s: TrafficRoutingConfig: want the Type AllAtOnce, TimeBasedCanary or TimeBasedLinear, got %q", r, routing.Type)
		}
		if routing := p.TrafficRoutingConfig.Type; routing != "AllAtOnce" && (t.Percent < 1 || t.Percent > 99 || t.Every < time.Minute) {
			return nil, nil, fmt.Errorf("%s: TrafficRoutingConfig: want 1 to 99 percent and 1 minute or more, got %s", r, t)
		}
		configs[r.Stack.Name+"/"+r.Ref()] = t
	}
	return configs, notices, nil
}
