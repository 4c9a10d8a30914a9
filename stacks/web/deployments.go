package web

import (
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodedeploy"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"annex/stacks/check"
)

// Deployments is what the releases of a service's functions share: CodeDeploy's
// application, and the role in which it moves aliases.
type Deployments struct {
	scope       constructs.Construct
	application awscodedeploy.CfnApplication
	role        awsiam.Role
	triggers    any                 // of each deployment group
	configs     map[Release]*string // the names of those that AWS does not have
}

// DeploymentsProps describe what the releases of a service's functions share.
type DeploymentsProps struct {
	// AlarmTopic is told of each release that fails, is stopped or goes back. It
	// has to be of the stack's region.
	// Default: nobody is told.
	AlarmTopic awssns.ITopic
}

// NewDeployments defines the application that a stack's functions are released
// in.
func NewDeployments(scope constructs.Construct, id string, props *DeploymentsProps) *Deployments {
	group := constructs.NewConstruct(scope, jsii.String(id))
	d := &Deployments{scope: group, configs: map[Release]*string{}}
	d.application = awscodedeploy.NewCfnApplication(group, jsii.String("Application"), &awscodedeploy.CfnApplicationProps{
		ComputePlatform: jsii.String("Lambda"),
	})
	roleProps := &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("codedeploy.amazonaws.com"), nil),
		// It has no SNS, and calls functions with AWS's prefix alone. The checks
		// and the topic are granted one by one.
		ManagedPolicies: &[]awsiam.IManagedPolicy{
			awsiam.ManagedPolicy_FromAwsManagedPolicyName(jsii.String("service-role/AWSCodeDeployRoleForLambdaLimited")),
		},
	}
	if props.AlarmTopic != nil {
		// In the role, so that it is there before a deployment group that CodeDeploy
		// may try the topic for. The checks, which name their group, come later.
		roleProps.InlinePolicies = &map[string]awsiam.PolicyDocument{
			"TellAlarmTopic": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
				Statements: &[]awsiam.PolicyStatement{awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
					Actions:   jsii.Strings("sns:Publish"),
					Resources: &[]*string{props.AlarmTopic.TopicArn()},
				})},
			}),
		}
		// A check that fails raises no alarm.
		d.triggers = []any{&awscodedeploy.CfnDeploymentGroup_TriggerConfigProperty{
			TriggerName:      jsii.String("alarms"),
			TriggerEvents:    jsii.Strings("DeploymentFailure", "DeploymentStop", "DeploymentRollback"),
			TriggerTargetArn: props.AlarmTopic.TopicArn(),
		}}
	}
	d.role = awsiam.NewRole(group, jsii.String("Role"), roleProps)
	check.Accept(d.role, check.Exception{
		Rule:   "AwsSolutions-IAM4",
		Reason: "AWS's own policy for deployments of Lambda, which has what CodeDeploy calls; AWS documents those calls nowhere else",
	})
	return d
}

// builtIn are the minutes of the configurations that AWS has, all of them with
// ten percent ("Deployment configurations on an AWS Lambda compute platform").
var builtIn = map[shift][]int{
	canary: {5, 10, 15, 30},
	linear: {1, 2, 3, 10},
}

// config names the deployment configuration of a release, which is AWS's where
// there is one and otherwise made, once for all functions that have it.
func (d *Deployments) config(release Release) *string {
	if !release.ShiftsTraffic() {
		return jsii.String("CodeDeployDefault.LambdaAllAtOnce")
	}
	minutes := int(release.every / time.Minute)
	if release.percent == 10 && slices.Contains(builtIn[release.shift], minutes) {
		every, unit := "", "Minutes"
		if release.shift == linear {
			every = "Every"
		}
		if minutes == 1 {
			unit = "Minute"
		}
		return jsii.String(fmt.Sprintf("CodeDeployDefault.Lambda%s10Percent%s%d%s", release.shift, every, minutes, unit))
	}
	if name, ok := d.configs[release]; ok {
		return name
	}
	routing := &awscodedeploy.CfnDeploymentConfig_TrafficRoutingConfigProperty{Type: jsii.String("TimeBased" + string(release.shift))}
	if release.shift == canary {
		routing.TimeBasedCanary = &awscodedeploy.CfnDeploymentConfig_TimeBasedCanaryProperty{
			CanaryPercentage: jsii.Number(release.percent), CanaryInterval: jsii.Number(minutes),
		}
	} else {
		routing.TimeBasedLinear = &awscodedeploy.CfnDeploymentConfig_TimeBasedLinearProperty{
			LinearPercentage: jsii.Number(release.percent), LinearInterval: jsii.Number(minutes),
		}
	}
	// Another percentage is another configuration, for CodeDeploy changes none.
	id := fmt.Sprintf("%s%dPercent%dMinutes", release.shift, release.percent, minutes)
	config := awscodedeploy.NewCfnDeploymentConfig(d.scope, jsii.String(id), &awscodedeploy.CfnDeploymentConfigProps{
		ComputePlatform:      jsii.String("Lambda"),
		TrafficRoutingConfig: routing,
	})
	d.configs[release] = config.Ref()
	return config.Ref()
}

// release defines how a function's alias is moved to a new version, and what
// takes it back: the alarms, and a check that fails.
func (d *Deployments) release(f *Function, release Release, alarms []*string) {
	var watched []any
	for _, name := range alarms {
		watched = append(watched, &awscodedeploy.CfnDeploymentGroup_AlarmProperty{Name: name})
	}
	f.deployments = d
	f.group = awscodedeploy.NewCfnDeploymentGroup(f.scope, jsii.String("Release"), &awscodedeploy.CfnDeploymentGroupProps{
		ApplicationName:      d.application.Ref(),
		ServiceRoleArn:       d.role.RoleArn(),
		DeploymentConfigName: d.config(release),
		DeploymentStyle: &awscodedeploy.CfnDeploymentGroup_DeploymentStyleProperty{
			DeploymentType:   jsii.String("BLUE_GREEN"),
			DeploymentOption: jsii.String("WITH_TRAFFIC_CONTROL"),
		},
		AlarmConfiguration: &awscodedeploy.CfnDeploymentGroup_AlarmConfigurationProperty{
			Enabled: jsii.Bool(true),
			Alarms:  watched,
		},
		AutoRollbackConfiguration: &awscodedeploy.CfnDeploymentGroup_AutoRollbackConfigurationProperty{
			Enabled: jsii.Bool(true),
			Events:  jsii.Strings("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST", "DEPLOYMENT_STOP_ON_ALARM"),
		},
		TriggerConfigurations: d.triggers,
	})
	if release.shift == direct {
		return
	}
	f.policy = &awscdk.CfnCodeDeployLambdaAliasUpdate{
		ApplicationName:     d.application.Ref(),
		DeploymentGroupName: f.group.Ref(),
	}
	f.updateAlias()
	// CodeDeploy may move the alias once its role has what it was granted.
	f.Live.Node().AddDependency(f.group, d.role)
}

// groupARN names the deployment group of a function's releases.
func (f *Function) groupARN() *string {
	return awscdk.Stack_Of(f.scope).FormatArn(&awscdk.ArnComponents{
		Service:      jsii.String("codedeploy"),
		Resource:     jsii.String("deploymentgroup"),
		ResourceName: jsii.String(*f.deployments.application.Ref() + "/" + *f.group.Ref()),
		ArnFormat:    awscdk.ArnFormat_COLON_RESOURCE_NAME,
	})
}
