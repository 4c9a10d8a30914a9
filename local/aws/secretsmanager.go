package aws

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"net/http"
	"strings"
)

// secretsManagerTarget begins the operations of Secrets Manager.
const secretsManagerTarget = "secretsmanager."

// The one version that a secret has here. Rotating it is editing the file.
const currentVersion = "AWSCURRENT"

const noSuchSecret = "Secrets Manager can't find the specified secret"

func (r *valueRequest) getSecretValue() {
	var in struct{ SecretId, VersionId, VersionStage string } //nolint:revive // AWS's names
	if !r.decode(&in) {
		return
	}
	name, found := r.secret(in.SecretId, "secretsmanager:GetSecretValue", versionContext(in.VersionId, in.VersionStage))
	if !found {
		return
	}
	value := r.values.Secrets[name]
	version := versionID(value)
	switch {
	case in.VersionId != "" && in.VersionId != version:
		r.noSecret(noSuchSecret + " value for VersionId: " + in.VersionId)
	case in.VersionStage != "" && in.VersionStage != currentVersion:
		r.noSecret(noSuchSecret + " value for staging label: " + in.VersionStage)
	default:
		r.answer(map[string]any{
			"ARN": r.secretARN(name), "Name": name, "SecretString": value, "CreatedDate": seconds(r.values.Modified),
			"VersionId": version, "VersionStages": []string{currentVersion},
		})
	}
}

func (r *valueRequest) describeSecret() {
	var in struct{ SecretId string } //nolint:revive // AWS's name
	if !r.decode(&in) {
		return
	}
	name, found := r.secret(in.SecretId, "secretsmanager:DescribeSecret", map[string]string{})
	if !found {
		return
	}
	r.answer(map[string]any{
		"ARN": r.secretARN(name), "Name": name,
		"CreatedDate": seconds(r.values.Modified), "LastChangedDate": seconds(r.values.Modified),
		"VersionIdsToStages": map[string][]string{versionID(r.values.Secrets[name]): {currentVersion}},
	})
}

// versionContext has the condition keys of the version that is asked for. That
// a request which names none is judged as one for AWSCURRENT is not documented:
// GetSecretValue says that it gets that version.
func versionContext(id, stage string) map[string]string {
	context := map[string]string{}
	if id != "" {
		context["secretsmanager:versionid"] = id
	} else if stage == "" {
		stage = currentVersion
	}
	if stage != "" {
		context["secretsmanager:versionstage"] = stage
	}
	return context
}

// secret finds the secret that an ID names, if the caller may do this with it.
// It is false where something else has been answered. The context has condition
// keys of the request.
func (r *valueRequest) secret(id, action string, context map[string]string) (name string, found bool) {
	if id == "" {
		jsonFailure(r.w, http.StatusBadRequest, "ValidationException", "1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null")
		return "", false
	}
	name, found = r.named(id)
	context["secretsmanager:secretid"] = id
	// AWS's message has the ID as it was asked for.
	if !r.allowed(permission{action: action, resource: r.secretARN(name), shown: id}, context) {
		return "", false
	}
	if !found {
		r.missing("secret", name)
		r.noSecret(noSuchSecret + ".")
	}
	return name, found
}

// named gives the name of the secret with that ID: its name, its ARN, or its
// ARN without the characters that Secrets Manager adds. One that is not there
// gives what would be its name.
//
// Whether AWS, for a secret that is not there, judges a policy by an ARN with
// those characters is reported both ways. Judged so, the answer to a function
// with the grant is that the secret is missing, which is what is to be done.
func (r *valueRequest) named(id string) (name string, found bool) {
	if _, found := r.values.Secrets[id]; found {
		return id, true
	}
	for name := range r.values.Secrets {
		arn := r.secretARN(name)
		if id == arn || id == arn[:len(arn)-7] {
			return name, true
		}
	}
	// Of another account or region, it is no name of a secret here.
	return strings.TrimPrefix(id, r.arn("secretsmanager", "secret:")), false
}

func (r *valueRequest) noSecret(message string) {
	jsonFailure(r.w, http.StatusBadRequest, "ResourceNotFoundException", message)
}

// secretARN ends in a hyphen and six characters, which are the same at every
// start.
func (r *valueRequest) secretARN(name string) string {
	sum := sha256.Sum256([]byte("secret " + name))
	return r.arn("secretsmanager", "secret:"+name+"-"+base32.StdEncoding.EncodeToString(sum[:])[:6])
}

// versionID is another for each value, in the form of a UUID.
func versionID(value string) string {
	sum := sha256.Sum256([]byte("version " + value))
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
