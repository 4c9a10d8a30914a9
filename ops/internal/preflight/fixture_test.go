package preflight_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"annex/local/assembly"
	"annex/ops/internal/fakeaws"
	"annex/ops/internal/preflight"
)

const account = "444455556666"

// fixture is a stage, its templates, and all that a deployment of it needs,
// which a test then takes something away from.
type fixture struct {
	*fakeaws.Account

	t         *testing.T
	stage     preflight.Stage
	templates map[string]string // by stack
	records   map[string]string // what public DNS says, by "<name> <type>", in the format of zone files
	keys      string            // what the issuer says of its keys
	issuer    *httptest.Server
	now       time.Time
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{
		Account: fakeaws.New(t, account), t: t, now: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), keys: `{"keys":[]}`,
		stage: preflight.Stage{
			Name: "prod", Account: account, Region: "eu-west-1", ZoneID: "Z0PRODEXAMPLE", ZoneName: "example.com",
			ConcurrencyLimit: 1000, SecretsMetadata: "annex:secrets", ParametersMetadata: "annex:parameters",
			Origin: &preflight.Origin{
				TrustStoreBucket: "annex-prod-origin", TrustStoreKey: "truststore.pem",
				VersionParameter: "/annex/prod/origin/truststore-version", CertificateParameter: "/annex/prod/origin/certificate",
			},
		},
		records: map[string]string{
			"example.com. NS":  "ns-1.awsdns-01.org. ns-2.awsdns-02.com.",
			"example.com. CAA": `0 issue "amazon.com"`,
		},
	}
	f.ReadOnly = true
	f.issuer = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/keys" {
			_, _ = w.Write([]byte(f.keys))
			return
		}
		_, _ = fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, f.issuer.URL, f.issuer.URL+"/keys")
	}))
	t.Cleanup(f.issuer.Close)
	f.templates = templates(f.issuer.URL)

	for _, region := range []string{"eu-west-1", "us-east-1"} {
		f.Parameters[region+" /cdk-bootstrap/hnb659fds/version"] = "21"
	}
	f.Parameters["eu-west-1 /annex/prod/free-shipping"] = "5000"
	f.Secrets["eu-west-1 annex/prod/payment"] = true
	f.Zones["Z0PRODEXAMPLE"] = fakeaws.Zone{Name: "example.com.", NameServers: []string{"ns-1.awsdns-01.org", "ns-2.awsdns-02.com"}}
	f.Parameters["eu-west-1 /annex/prod/origin/truststore-version"] = "version-1"
	f.Buckets["annex-prod-origin"] = &fakeaws.Bucket{Owner: account, Region: "eu-west-1", Objects: map[string][]fakeaws.Version{
		"truststore.pem": {{ID: "version-1", Content: []byte("-")}},
	}}
	arn := "arn:aws:acm:us-east-1:" + account + ":certificate/1"
	f.Parameters["us-east-1 /annex/prod/origin/certificate"] = arn
	f.LogRoles["eu-west-1"] = "arn:aws:iam::" + account + ":role/api-gateway-logs"
	f.Certificates[arn] = certificate(t, f.now.Add(300*24*time.Hour))
	return f
}

// deploy deploys the templates as they are.
func (f *fixture) deploy() {
	f.t.Helper()
	at := f.now.Add(-24 * time.Hour)
	for name, text := range f.templates {
		region := regionOf(name)
		s := &fakeaws.Stack{Status: "UPDATE_COMPLETE", Template: text, Updated: at, Resources: map[string]fakeaws.Resource{}, Outputs: map[string]string{}}
		var t struct {
			Resources map[string]struct {
				Type       string
				Properties map[string]any
			}
			Outputs map[string]any
		}
		if err := json.Unmarshal([]byte(text), &t); err != nil {
			f.t.Fatal(err)
		}
		for id, r := range t.Resources {
			s.Resources[id] = fakeaws.Resource{ID: "made-" + id, Type: r.Type, Updated: at}
		}
		for id := range t.Outputs {
			s.Outputs[id] = "value-of-" + id
		}
		f.Stacks[region+" "+name] = s
	}
	f.Stacks["eu-west-1 annex-prod-cart"].Resources["CartLive"] = fakeaws.Resource{
		ID: "arn:aws:lambda:eu-west-1:" + account + ":function:made-Cart:live", Type: "AWS::Lambda::Alias", Updated: at,
	}
	f.Stacks["eu-west-1 annex-prod-cart"].Resources["CartVersion7"] = fakeaws.Resource{
		ID: "arn:aws:lambda:eu-west-1:" + account + ":function:made-Cart:7", Type: "AWS::Lambda::Version", Updated: at,
	}
	f.Functions["made-Cart"] = &fakeaws.Function{Version: "7", Environment: map[string]string{"CLIENT": "value-of-Client"}}
	f.Authorizers["made-API made-SignedIn"] = fakeaws.Authorizer{Issuer: f.issuer.URL, Audience: []string{"value-of-Client"}}
	zone := f.Zones["Z0PRODEXAMPLE"]
	for _, name := range []string{"api.example.com.", "www.example.com."} {
		zone.Records = append(zone.Records, fakeaws.Record{Name: name, Type: "A", Alias: "ours."}, fakeaws.Record{Name: name, Type: "AAAA", Alias: "ours."})
	}
	f.Zones["Z0PRODEXAMPLE"] = zone
	f.Distributions = []fakeaws.Distribution{{ID: "made-Distribution", Domain: "d1.cloudfront.net", Hosts: []string{"www.example.com"}}}
	f.DomainNames["eu-west-1 api.example.com"] = fakeaws.DomainName{}
	f.LogGroups["eu-west-1 /aws/vendedlogs/annex-prod-cart/API"] = true
	f.Buckets["annex-prod-index"] = &fakeaws.Bucket{Owner: account, Region: "eu-west-1"}
	f.Tables["eu-west-1 annex-prod-orders"] = true
	f.SignInHosts["eu-west-1 annex-prod-example"] = "eu-west-1_made"
	f.Concurrency = [2]int32{1000, 950}
}

// run runs preflight.
func (f *fixture) run() []preflight.Finding {
	f.t.Helper()
	services := preflight.NewServices(f.Config("eu-west-1"), preflight.Resolver{Server: f.startDNS()}, f.issuer.Client(), "eu-west-1", "us-east-1")
	findings, err := preflight.Run(f.t.Context(), f.stage, f.assembly(), services, preflight.Options{Now: f.now})
	if err != nil {
		f.t.Fatal(err)
	}
	return findings
}

func regionOf(stack string) string {
	if strings.HasSuffix(stack, "-site") {
		return "us-east-1"
	}
	return "eu-west-1"
}

// assembly writes the templates as the CDK does, and reads them.
func (f *fixture) assembly() *assembly.Assembly {
	f.t.Helper()
	dir := f.t.TempDir()
	artifacts := map[string]any{}
	for name, text := range f.templates {
		artifacts[name] = map[string]any{
			"type": "aws:cloudformation:stack", "environment": "aws://" + account + "/" + regionOf(name),
			"properties": map[string]any{
				"templateFile": name + ".json", "requiresBootstrapStackVersion": 6, "bootstrapStackVersionSsmParameter": "/cdk-bootstrap/hnb659fds/version",
			},
		}
		if err := os.WriteFile(filepath.Join(dir, name+".json"), []byte(text), 0o600); err != nil {
			f.t.Fatal(err)
		}
	}
	manifest, err := json.Marshal(map[string]any{"artifacts": artifacts})
	if err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "manifest.json"), manifest, 0o600); err != nil {
		f.t.Fatal(err)
	}
	a, err := assembly.Read(dir)
	if err != nil {
		f.t.Fatal(err)
	}
	return a
}

// startDNS starts a DNS server that says what the fixture's records are.
func (f *fixture) startDNS() (address string) {
	f.t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		f.t.Fatal(err)
	}
	server := &dns.Server{PacketConn: socket, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, question *dns.Msg) {
		answer := new(dns.Msg)
		answer.SetReply(question)
		q := question.Question[0]
		kind := dns.TypeToString[q.Qtype]
		said, ok := f.records[q.Name+" "+kind]
		switch {
		case said == "SERVFAIL":
			answer.Rcode = dns.RcodeServerFailure
		case ok:
			values := []string{said}
			if kind == "NS" {
				values = strings.Fields(said)
			}
			for _, value := range values {
				record, err := dns.NewRR(q.Name + " 300 IN " + kind + " " + value)
				if err != nil {
					panic(err) // a mistake in the test
				}
				answer.Answer = append(answer.Answer, record)
			}
		}
		_ = w.WriteMsg(answer) // the client will say
	})}
	go func() { _ = server.ActivateAndServe() }() // until it is shut down
	f.t.Cleanup(func() { _ = server.Shutdown() })
	return socket.LocalAddr().String()
}
