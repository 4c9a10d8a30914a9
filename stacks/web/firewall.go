package web

// Firewall is AWS WAF before a site: a limit on each client's requests, and
// AWS's managed groups of rules.
type Firewall struct {
	// RequestsPerFiveMinutes is how many requests one IP address may make in
	// five minutes, from 10 up; WAF blocks what exceeds it.
	// Default: 2000.
	RequestsPerFiveMinutes int
}
