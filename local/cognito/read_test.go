package cognito

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"annex/local/assembly/assemblytest"
)

func TestReadFindsPoolsClientsAndHosts(t *testing.T) {
	config, notices, err := Read(assemblytest.Stack(t, "shop", "aws://111111111111/eu-west-1", `{
		"Pool":{"Type":"AWS::Cognito::UserPool","Properties":{"MfaConfiguration":"OPTIONAL","LambdaConfig":{"PreTokenGeneration":"arn"},"Shiny":true}},
		"Site":{"Type":"AWS::Cognito::UserPoolClient","Properties":{
			"UserPoolId":{"Ref":"Pool"},"AllowedOAuthFlowsUserPoolClient":true,"AllowedOAuthFlows":["code"],"AllowedOAuthScopes":["openid"],
			"CallbackURLs":["https://www.example.com/"],"LogoutURLs":["https://www.example.com/"],
			"AccessTokenValidity":15,"TokenValidityUnits":{"AccessToken":"minutes"},"RefreshTokenValidity":2,
			"RefreshTokenRotation":{"Feature":"ENABLED","RetryGracePeriodSeconds":30}}},
		"Server":{"Type":"AWS::Cognito::UserPoolClient","Properties":{"UserPoolId":{"Ref":"Pool"},"GenerateSecret":true}},
		"Script":{"Type":"AWS::Cognito::UserPoolClient","Properties":{"UserPoolId":{"Ref":"Pool"}}},
		"Stray":{"Type":"AWS::Cognito::UserPoolClient","Properties":{"UserPoolId":"eu-west-1_other"}},
		"Prefix":{"Type":"AWS::Cognito::UserPoolDomain","Properties":{"UserPoolId":{"Ref":"Pool"},"Domain":"shop","ManagedLoginVersion":2}},
		"Custom":{"Type":"AWS::Cognito::UserPoolDomain","Properties":{"UserPoolId":{"Ref":"Pool"},"Domain":"auth.example.com","CustomDomainConfig":{"CertificateArn":"arn"}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if len(config.Pools) != 1 {
		t.Fatalf("there are %d pools", len(config.Pools))
	}
	pool := config.Pools[0]
	if pool.Issuer != "https://cognito-idp.eu-west-1.amazonaws.com/"+pool.ID {
		t.Errorf("the issuer is %s", pool.Issuer)
	}
	if diff := cmp.Diff([]string{"auth.example.com", "shop.auth.eu-west-1.amazoncognito.com"}, pool.Hosts); diff != "" {
		t.Error("hosts (-want +got):\n", diff)
	}
	var supported []Client
	for _, client := range pool.Clients {
		if client.Unsupported == "" {
			client.ID = ""
			supported = append(supported, client)
		}
	}
	want := []Client{{
		Callbacks: []string{"https://www.example.com/"}, Logouts: []string{"https://www.example.com/"}, Scopes: []string{"openid"},
		AccessToken: 15 * time.Minute, IDToken: time.Hour, RefreshToken: 48 * time.Hour, Rotates: true, Grace: 30 * time.Second,
	}}
	if diff := cmp.Diff(want, supported); diff != "" {
		t.Error("clients (-want +got):\n", diff)
	}
	var noticed []string
	for _, notice := range notices {
		noticed = append(noticed, notice.Resource.LogicalID+" "+notice.Property)
	}
	if diff := cmp.Diff([]string{"Pool Shiny", "Pool LambdaConfig", "Script AllowedOAuthFlows", "Server GenerateSecret", "Stray UserPoolId"}, noticed); diff != "" {
		t.Error("notices (-want +got):\n", diff)
	}
}
