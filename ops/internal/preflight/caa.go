package preflight

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// amazon are the names by which a CAA record allows ACM (ACM user guide,
// "Certification Authority Authorization").
var amazon = []string{"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"}

// checkCAA finds CAA records that forbid Amazon to issue the certificates.
func checkCAA(ctx context.Context, w *world) []Finding {
	var findings []Finding
	for _, host := range w.certified() {
		resource := "CAA of " + host
		at, records, err := w.services.DNS.caa(ctx, host)
		if err != nil {
			findings = append(findings, unknown(resource, err))
			continue
		}
		findings = append(findings, judgeCAA(resource, host, at, records))
	}
	return findings
}

// certified are the hosts that certificates are made for.
func (w *world) certified() []string {
	var hosts []string
	for _, certificate := range w.resources("AWS::CertificateManager::Certificate") {
		hosts = append(hosts, certificate.text("DomainName"))
		others, _ := certificate.raw("SubjectAlternativeNames").([]any)
		for _, other := range others {
			if host, ok := other.(string); ok {
				hosts = append(hosts, host)
			}
		}
	}
	return hosts
}

// caa finds the CAA records that hold for a name: its own, or those of the
// nearest name above it that has any (RFC 8659 §3).
func (r Resolver) caa(ctx context.Context, name string) (at string, records []*dns.CAA, err error) {
	for at = strings.TrimPrefix(name, "*."); at != ""; {
		answers, err := r.ask(ctx, at, dns.TypeCAA)
		if err != nil {
			return "", nil, err
		}
		for _, answer := range answers {
			records = append(records, answer.(*dns.CAA))
		}
		if len(records) > 0 {
			return at, records, nil
		}
		_, at, _ = strings.Cut(at, ".")
	}
	return "", nil, nil
}

func judgeCAA(resource, host, at string, records []*dns.CAA) Finding {
	tag := "issue"
	if strings.HasPrefix(host, "*.") && slices.ContainsFunc(records, func(c *dns.CAA) bool { return strings.EqualFold(c.Tag, "issuewild") }) {
		tag = "issuewild"
	}
	var allowed []string
	restricts := false
	for _, record := range records {
		if strings.EqualFold(record.Tag, tag) {
			restricts = true
			name, _, _ := strings.Cut(record.Value, ";") // parameters follow
			allowed = append(allowed, strings.ToLower(strings.TrimSpace(name)))
		}
	}
	switch {
	case !restricts:
		return fine(resource, "every authority may issue its certificate")
	case slices.ContainsFunc(allowed, func(name string) bool { return slices.Contains(amazon, name) }):
		return fine(resource, "the records at %s allow Amazon", at)
	}
	return stops(resource, fmt.Sprintf(`add a record to %s: 0 %s "amazon.com"`, at, tag),
		"the records at %s allow %s and not Amazon, so ACM issues no certificate", at, list(allowed))
}

// list joins names for a sentence.
func list(names []string) string {
	names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "" })
	if len(names) == 0 {
		return "nobody"
	}
	return strings.Join(names, ", ")
}
