package aws

import (
	"encoding/json"
	"io"
	"net/http"
)

const (
	// codeDeployTarget begins the operations of CodeDeploy.
	codeDeployTarget = "CodeDeploy_20141006."

	putHookStatus = codeDeployTarget + "PutLifecycleEventHookExecutionStatus"

	// maxHookStatus is more than any request about a hook has.
	maxHookStatus = 1 << 16
)

// serveHookStatus is PutLifecycleEventHookExecutionStatus, which is how a hook
// says what it found (CodeDeploy API reference).
func (e *Endpoint) serveHookStatus(w http.ResponseWriter, r *http.Request, c caller, s scope) {
	refuse := func(code, message string) { jsonFailure(w, http.StatusBadRequest, code, message) }
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHookStatus))
	var in struct{ DeploymentID, LifecycleEventHookExecutionID, Status string } // as JSON is read without regard to case
	if err != nil || json.Unmarshal(body, &in) != nil {
		refuse("SerializationException", "the request is no JSON object of this operation")
		return
	}
	if in.DeploymentID == "" {
		refuse("DeploymentIdRequiredException", "The deployment ID was not specified")
		return
	}
	group, found := e.codeDeploy.Group(in.DeploymentID)
	if !found {
		refuse("DeploymentDoesNotExistException", "No deployment found for id: "+in.DeploymentID)
		return
	}
	if denied := e.authorize(c, permission{action: "codedeploy:PutLifecycleEventHookExecutionStatus", resource: group}, s.region, nil, nil); denied != "" {
		refuse("AccessDeniedException", string(denied))
		return
	}
	if in.Status != "Succeeded" && in.Status != "Failed" {
		refuse("InvalidLifecycleEventHookExecutionStatusException", "The status must be Succeeded or Failed, and it is "+in.Status)
		return
	}
	if err := e.codeDeploy.PutHookStatus(in.DeploymentID, in.LifecycleEventHookExecutionID, in.Status); err != nil {
		why := refusal(err)
		jsonFailure(w, why.Status, why.Code, why.Message)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	write(w, http.StatusOK, encoded(map[string]string{"lifecycleEventHookExecutionId": in.LifecycleEventHookExecutionID}))
}
