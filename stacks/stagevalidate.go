package stacks

import (
	"cmp"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"annex/stacks/web"
)

var (
	stageName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)
	account   = regexp.MustCompile(`^[0-9]{12}$`)
	region    = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	zoneID    = regexp.MustCompile(`^Z[A-Z0-9]{1,31}$`)
	host      = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$`)
)

// Validate reports every field that cannot be right, by its name, and what
// another stage has already. It looks for the site's folder below the folder
// that it is run in, which is the repository's.
func (s Stage) Validate(others ...Stage) error {
	var m mistakes
	s.validatePlace(&m)
	s.validateHosts(&m)
	s.validateExposure(&m)
	s.validateContainer(&m)
	s.validateKnobs(&m)
	s.validateServices(&m)
	s.validateBeside(&m, others)
	if len(m) == 0 {
		return nil
	}
	return fmt.Errorf("stage %q in stacks/stages.go:\n%w", s.Name, errors.Join(m...))
}

// mistakes are those of a stage, a line each.
type mistakes []error

// check reports a field unless it is as it should be.
func (m *mistakes) check(ok bool, field, value, want string) {
	if !ok {
		*m = append(*m, fmt.Errorf("  %s %q: want %s", field, value, want))
	}
}

func (m *mistakes) match(re *regexp.Regexp, field, value, want string) {
	m.check(re.MatchString(value), field, value, want)
}

func (m *mistakes) host(field, value, example string) {
	m.match(host, field, value, "a host like "+example)
	for label := range strings.SplitSeq(value, ".") {
		m.check(len(label) <= 63, field, value, "labels of no more than 63 characters")
	}
}

func (s Stage) validatePlace(m *mistakes) {
	m.match(stageName, "Name", s.Name, "lower case letters and digits")
	m.match(account, "Account", s.Account, "twelve digits")
	m.match(region, "Region", s.Region, "a region like eu-west-1")
	for _, apart := range []string{"cn-", "us-gov-", "us-iso"} {
		m.check(!strings.HasPrefix(s.Region, apart), "Region", s.Region, "a region of the same partition as us-east-1, where the site is")
	}
	m.match(zoneID, "Zone.ID", s.Zone.ID, "a hosted zone's ID, like Z0123456789ABCDEFGHIJ")
	m.match(host, "Zone.Name", s.Zone.Name, "a domain name like example.com")
}

func (s Stage) validateHosts(m *mistakes) {
	type hostField struct{ field, value, example string }
	hosts := []hostField{{"SiteHost", s.SiteHost, "www.example.com"}, {"APIHost", s.APIHost, "api.example.com"}}
	m.check(!s.TakenOver || s.TakeoverHost != "", "TakenOver", "true", "false when all is done and TakeoverHost is taken out")
	if s.TakeoverHost != "" {
		hosts = append(hosts, hostField{"TakeoverHost", s.TakeoverHost, "new.example.com"})
		m.check(!slices.Contains([]string{s.SiteHost, s.APIHost, s.Container.Host}, s.TakeoverHost), "TakeoverHost", s.TakeoverHost,
			"another host than SiteHost, APIHost and Container.Host")
	}
	if s.SocketHost != "" {
		hosts = append(hosts, hostField{"SocketHost", s.SocketHost, "ws.example.com"})
		// API Gateway maps no WebSocket API onto a domain name that has HTTP APIs
		// ("Map API stages to a custom domain name for WebSocket APIs").
		m.check(!slices.Contains([]string{s.SiteHost, s.APIHost, s.TakeoverHost, s.Container.Host}, s.SocketHost), "SocketHost", s.SocketHost,
			"another host than SiteHost, APIHost, TakeoverHost and Container.Host")
	}
	for _, h := range hosts {
		m.host(h.field, h.value, h.example)
		m.check(h.value == s.Zone.Name || strings.HasSuffix(h.value, "."+s.Zone.Name), h.field, h.value, "a host in the zone "+s.Zone.Name)
		// The first name of a certificate ("Domain name" in ACM's characteristics).
		m.check(len(h.value) <= 64, h.field, h.value, "no more than 64 characters, or ACM gives it no certificate")
	}
	m.check(s.APIHost != s.SiteHost, "APIHost", s.APIHost, "another host than SiteHost")
	m.host("Container.Host", s.Container.Host, "container.example.com")
	m.check(len(s.Container.Host) <= 253, "Container.Host", s.Container.Host, "no more than 253 characters")
	m.check(s.Container.Host != s.SiteHost && s.Container.Host != s.APIHost, "Container.Host", s.Container.Host,
		"another host than SiteHost and APIHost: the container keeps the one that it has")

	m.check(web.IsSignInPrefix(s.SignInPrefix), "SignInPrefix", s.SignInPrefix, web.SignInPrefix)
}

func (s Stage) validateExposure(m *mistakes) {
	exposure := cmp.Or(s.Exposure, Public)
	m.check(exposure == Public || exposure == Edge, "Exposure", string(s.Exposure), fmt.Sprintf("%q or %q", Public, Edge))
	validateOrigins(m, "AllowOrigins", s.AllowOrigins, s.SiteHost)
	if exposure != Edge {
		return
	}
	m.check(len(s.AllowOrigins) == 0, "AllowOrigins", strings.Join(s.AllowOrigins, ", "),
		`none with Exposure "edge": nobody's page can show the certificate that APIHost asks for`)
	m.check(s.Firewall != nil, "Firewall", "", `&web.Firewall{} with Exposure "edge", which is there to have every request pass it`)
	m.check(len(s.TrustStoreBucket()) <= 63, "Name", s.Name,
		"a shorter one: the bucket "+s.TrustStoreBucket()+" of the trust store has more than the 63 characters that S3 allows")
}

// validateOrigins checks what is sent to browsers as it is, and which they
// compare with what they send, letter by letter.
func validateOrigins(m *mistakes, field string, origins []string, site string) {
	for i, value := range origins {
		m.check(web.IsPageOrigin(value), field, value, web.PageOrigin)
		m.check(value != "https://"+site, field, value, "others than the site's own, which needs no mention")
		m.check(!slices.Contains(origins[:i], value), field, value, "it once")
	}
}

func (s Stage) validateKnobs(m *mistakes) {
	if s.Firewall != nil {
		limit := s.Firewall.RequestsPerFiveMinutes
		m.check(web.IsRequestLimit(limit), "Firewall.RequestsPerFiveMinutes", strconv.Itoa(limit), web.RequestLimit)
	}
	m.check(s.Throttle.PerSecond >= 0 && s.Throttle.Burst >= 0 && (s.Throttle.PerSecond == 0) == (s.Throttle.Burst == 0), "Throttle",
		fmt.Sprintf("%d a second, %d at once", s.Throttle.PerSecond, s.Throttle.Burst), "both above 0, or neither given")
	m.check(s.ConcurrencyLimit == 0 || s.ConcurrencyLimit >= 10, "ConcurrencyLimit", strconv.Itoa(s.ConcurrencyLimit),
		"the account's limit, which is 10 at least, or 0 for the default")
	m.check(s.logRetention() != "", "LogRetentionDays", strconv.Itoa(s.LogRetentionDays), "one of CloudWatch's: "+retentionChoices())
	address := func(field, text string) {
		address, err := mail.ParseAddress(text)
		m.check(text == "" || err == nil && address.Address == text, field, text, "a mail address and nothing more, like platform@example.com")
	}
	address("AlarmEmail", s.AlarmEmail)
	address("SignInSender", s.SignInSender)
}

// validateBeside finds what no two stages can have: AWS gives each of them to
// one, wherever the other is.
func (s Stage) validateBeside(m *mistakes, others []Stage) {
	for _, other := range others {
		m.check(s.Name != other.Name, "Name", s.Name, "another: two stages have it")
		for _, h := range []struct{ field, value string }{{"SiteHost", s.SiteHost}, {"TakeoverHost", s.TakeoverHost}, {"APIHost", s.APIHost}, {"SocketHost", s.SocketHost}} {
			taken := h.value != "" && slices.Contains([]string{other.SiteHost, other.TakeoverHost, other.APIHost, other.SocketHost}, h.value)
			m.check(!taken, h.field, h.value, "another host than those of stage "+other.Name)
		}
		m.check(s.Region != other.Region || s.SignInPrefix != other.SignInPrefix, "SignInPrefix", s.SignInPrefix, "another than that of stage "+other.Name)
	}
}

func (s Stage) validateContainer(m *mistakes) {
	validateOrigins(m, "Container.AllowOrigins", s.Container.AllowOrigins, s.SiteHost)
	m.check(web.IsSegment(s.APIPrefix), "APIPrefix", s.APIPrefix, web.Segment)
	s.validatePaths(m)
}
