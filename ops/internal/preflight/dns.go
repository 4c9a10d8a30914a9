package preflight

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/miekg/dns"
)

// Resolver asks a DNS server that resolves for everybody.
type Resolver struct {
	// Server is its host and port: "192.0.2.53:53".
	Server string
}

// SystemResolver is the server that this machine asks.
func SystemResolver() (Resolver, error) {
	config, err := dns.ClientConfigFromFile("/etc/resolv.conf")
	if err != nil {
		return Resolver{}, err
	}
	if len(config.Servers) == 0 {
		return Resolver{}, errors.New("/etc/resolv.conf names no DNS server")
	}
	server := config.Servers[0]
	if strings.Contains(server, ":") {
		server = "[" + server + "]"
	}
	return Resolver{server + ":" + config.Port}, nil
}

// ask gives the answers of a type for a name: none where there is no such name.
func (r Resolver) ask(ctx context.Context, name string, kind uint16) (answers []dns.RR, err error) {
	if r.Server == "" {
		return nil, errors.New("no DNS server is known: give one with DNS=<host:port>")
	}
	question := new(dns.Msg)
	question.SetQuestion(dns.Fqdn(name), kind)
	question.SetEdns0(1232, false) // what every path takes (dnsflagday.net/2020)
	answer, _, err := new(dns.Client).ExchangeContext(ctx, question, r.Server)
	if err == nil && answer.Truncated {
		answer, _, err = (&dns.Client{Net: "tcp"}).ExchangeContext(ctx, question, r.Server)
	}
	if err != nil {
		return nil, fmt.Errorf("asking the DNS server %s for %s %s: %w", r.Server, name, dns.TypeToString[kind], err)
	}
	switch answer.Rcode {
	case dns.RcodeSuccess:
	case dns.RcodeNameError:
		return nil, nil
	default:
		return nil, fmt.Errorf("the DNS server %s answers %s for %s %s", r.Server, dns.RcodeToString[answer.Rcode], name, dns.TypeToString[kind])
	}
	for _, record := range answer.Answer {
		if record.Header().Rrtype == kind {
			answers = append(answers, record)
		}
	}
	return answers, nil
}

// sameName reports whether two names are the same, however they are written.
func sameName(a, b string) bool { return dns.CanonicalName(a) == dns.CanonicalName(b) }
