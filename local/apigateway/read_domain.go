package apigateway

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"annex/local/assembly"
)

// domainProperties are those of AWS::ApiGatewayV2::DomainName.
type domainProperties struct {
	DomainName  string
	RoutingMode string

	MutualTLSAuthentication *struct {
		TruststoreURI     string `json:"TruststoreUri"`
		TruststoreVersion any    // of a file that is not asked here whom it trusts
	} `json:"MutualTlsAuthentication"`

	// Certificates, TLS versions and the kind of endpoint: the runner ends TLS
	// itself, with its own certificate.
	DomainNameConfigurations, Tags any
}

func (rd *reader) readDomains() error {
	for _, r := range rd.assembly.Resources("AWS::ApiGatewayV2::DomainName") {
		var p domainProperties
		unknown, err := r.Decode(&p)
		if err != nil {
			return err
		}
		d := &Domain{Name: strings.ToLower(p.DomainName), Unsupported: rd.notices.Unknown(r, unknown)}
		if d.Name == "" {
			return fmt.Errorf("%s: DomainName: not given", r)
		}
		if rd.domain(d.Name) != nil {
			return fmt.Errorf("%s: DomainName: %s appears twice", r, d.Name)
		}
		d.ClientCertificate = p.MutualTLSAuthentication != nil && p.MutualTLSAuthentication.TruststoreURI != ""
		if p.RoutingMode != "" && p.RoutingMode != "API_MAPPING_ONLY" {
			d.Unsupported = cmp.Or(d.Unsupported, rd.notices.Add(r, "RoutingMode", p.RoutingMode+": local mode has API_MAPPING_ONLY only"))
		}
		rd.domains = append(rd.domains, d)
	}
	return nil
}

func (rd *reader) domain(name string) *Domain {
	for _, d := range rd.domains {
		if d.Name == name {
			return d
		}
	}
	return nil
}

// mappingProperties are those of AWS::ApiGatewayV2::ApiMapping.
type mappingProperties struct {
	APIID         string `json:"ApiId"`
	APIMappingKey string `json:"ApiMappingKey"`
	DomainName    string
	Stage         string
}

func (rd *reader) readMappings() error {
	for _, r := range rd.assembly.Resources("AWS::ApiGatewayV2::ApiMapping") {
		var p mappingProperties
		unknown, err := r.Decode(&p)
		if err != nil {
			return err
		}
		if err := checkMappingKey(p.APIMappingKey); err != nil {
			return fmt.Errorf("%s: ApiMappingKey: %w", r, err)
		}
		m := Mapping{Key: p.APIMappingKey, API: p.APIID, Stage: p.Stage, Unsupported: rd.notices.Unknown(r, unknown)}
		if m.Unsupported, err = rd.checkMapping(r, m); err != nil {
			return err
		}
		d := rd.mappedDomain(r, p.DomainName)
		for _, other := range d.Mappings {
			if other.Key == m.Key {
				return fmt.Errorf("%s: ApiMappingKey: %s has a mapping with the key %q already", r, d.Name, m.Key)
			}
		}
		d.Mappings = append(d.Mappings, m)
	}
	return nil
}

// checkMapping says why the mapping cannot be followed. An API of this app
// that lacks the stage fails the deployment.
func (rd *reader) checkMapping(r *assembly.Resource, m Mapping) (string, error) {
	api, socket := rd.apis[m.API], rd.sockets[m.API]
	switch {
	case m.Unsupported != "":
		return m.Unsupported, nil
	case socket != nil && !slices.Contains(socket.stages, m.Stage):
		return "", fmt.Errorf("%s: Stage: API %q has no stage %q", r, socket.name, m.Stage)
	case socket != nil:
		return "", nil
	case api == nil:
		return rd.notices.Add(r, "ApiId", fmt.Sprintf("API %q is not of this app, so local mode does not serve it", m.API)), nil
	case api.Unsupported != "":
		return api.Unsupported, nil
	case !slices.ContainsFunc(api.Stages, func(s Stage) bool { return s.Name == m.Stage }):
		return "", fmt.Errorf("%s: Stage: API %q has no stage %q", r, api.Name, m.Stage)
	}
	return "", nil
}

// mappedDomain finds the domain of a mapping. One that another app made is
// served all the same: the mapping says all that is needed.
func (rd *reader) mappedDomain(r *assembly.Resource, name string) *Domain {
	name = strings.ToLower(name)
	if d := rd.domain(name); d != nil {
		return d
	}
	rd.notices.Add(r, "DomainName", fmt.Sprintf("no AWS::ApiGatewayV2::DomainName of this app is called %s; it is served, but to deploy this it must exist", name))
	d := &Domain{Name: name}
	rd.domains = append(rd.domains, d)
	return d
}
