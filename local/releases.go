package main

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"path"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"annex/local/aws"
	"annex/local/codedeploy"
	"annex/local/lambda"
)

// oldVersion is the number of the version that an alias leaves in a release. The
// template's own, the new one, has another (assembly.newVersion).
const oldVersion = "1"

// releases shift a function's alias from the build that served before the last
// edit to the one that is being edited, as CodeDeploy does after a deployment.
// There is one at a time.
type releases struct {
	system  *system
	running atomic.Pointer[codedeploy.Deployment] // nil where none is
	ended   sync.WaitGroup

	mu     sync.Mutex // guards what follows
	closed bool
	before map[string]string // the build that served before the one that is served, by the handler's name
	back   map[string]bool   // the functions whose alias went back to the old version, by ARN
	last   *release          // the one under way, or else the last one
}

func newReleases(s *system) *releases {
	return &releases{system: s, before: map[string]string{}, back: map[string]bool{}}
}

// start shifts a service's alias, in the traffic that the order asks for.
func (r *releases) start(o order) (*release, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, refused(http.StatusServiceUnavailable, "the runner is stopping")
	}
	if r.running.Load() != nil {
		return nil, refused(http.StatusConflict, "a shift of %s is under way: wait for it, or end it with Ctrl-C where it was started", r.last.service)
	}
	v := r.system.current.Load()
	f, err := o.function(v.plan.functions)
	if err != nil {
		return nil, err
	}
	if v.trouble != "" {
		return nil, refused(http.StatusConflict, "the last edit is not served, so it cannot be tried: mend it first\n%s", v.trouble)
	}
	before := r.before[path.Base(f.Folder)]
	if before == "" {
		return nil, refused(http.StatusConflict, "there is one build of %s: its code was not edited since `make run` started. Save an edit of %s, which is then served, and shift from the build before it with this command", o.Service, f.Folder)
	}
	group, err := groupOf(v.plan.groups, f)
	if err != nil {
		return nil, err
	}
	if group.Traffic, err = o.traffic(group); err != nil {
		return nil, err
	}
	v.functions.PublishVersion(f.ARN, oldVersion, before)
	delete(r.back, f.ARN)
	started := newRelease(o.Service, f.Folder)
	deployment := codedeploy.New(codedeploy.Options{Group: group, Old: oldVersion, Lambda: r, Report: started.add})
	started.deployment = deployment
	r.last = started
	r.running.Store(deployment)
	r.system.terminal.say("shifting %s to the edit: %s", o.Service, group.Traffic)
	r.ended.Go(func() { r.run(deployment, started, f.ARN) })
	return started, nil
}

func (r *releases) run(d *codedeploy.Deployment, started *release, functionARN string) {
	status := d.Run()
	r.mu.Lock()
	defer r.mu.Unlock()
	if status == codedeploy.Succeeded {
		functions{r.system}.service().Restore(functionARN)
	} else {
		r.back[functionARN] = true
	}
	r.running.Store(nil)
	r.system.terminal.say("the shift of %s %s: %s", started.service, status, started.end())
}

// groupOf is the deployment group of a function. One that has none is shifted
// all the same, and nothing watches it.
func groupOf(groups []codedeploy.Group, f lambda.Function) (codedeploy.Group, error) {
	for _, g := range groups {
		if g.FunctionARN == f.ARN {
			return g, nil
		}
	}
	aliases := slices.Sorted(maps.Keys(f.Aliases))
	if len(aliases) != 1 {
		return codedeploy.Group{}, refused(http.StatusConflict, "the function %s has neither a deployment group nor one alias alone (it has %s), so it is not known what to shift", f.Name, list(aliases))
	}
	return codedeploy.Group{FunctionARN: f.ARN, Function: f.Name, Alias: aliases[0], New: f.Aliases[aliases[0]].Version}, nil
}

// replaced says that another system is served. An edit of a function in a
// release is the release's new version; a function that had gone back to the
// old one gets the edit as any other does.
func (r *releases) replaced(last, next *served) {
	r.mu.Lock()
	defer r.mu.Unlock()
	running := r.running.Load()
	there := false
	edited := map[string]bool{} // the handlers whose code is another, and whether the build before stays what it was
	for name, build := range last.code {
		if code := next.code[name]; code != "" && code != build {
			edited[name] = false
		}
	}
	for _, f := range next.plan.functions {
		name := path.Base(f.Folder)
		inRelease := running != nil && running.Group().FunctionARN == f.ARN
		there = there || inRelease
		if _, ok := edited[name]; !ok {
			continue
		}
		switch {
		case inRelease:
			running.Replaced()
			edited[name] = true
		case r.back[f.ARN]:
			next.functions.Restore(f.ARN)
			delete(r.back, f.ARN)
			edited[name] = true
		}
	}
	for name, stays := range edited {
		if !stays {
			r.before[name] = last.code[name]
		}
	}
	if running != nil && !there {
		running.Stop(errors.New("the stage does not have the function any more"))
	}
}

// earlier are the builds that releases may begin with, by handlers' names.
func (r *releases) earlier() map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.before)
}

// observe counts an invocation for the release that is under way.
func (r *releases) observe(i lambda.Invocation) {
	if d := r.running.Load(); d != nil {
		d.Observe(i)
	}
}

// close stops what is under way and waits for it.
func (r *releases) close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	if d := r.running.Load(); d != nil {
		d.Stop(errors.New("the runner is stopping"))
	}
	r.ended.Wait()
}

// stop has the release that is under way go back.
func (r *releases) stop(reason error) (stopped bool) {
	d := r.running.Load()
	if d == nil {
		return false
	}
	d.Stop(reason)
	return true
}

// Invoke implements codedeploy.Lambda.
func (r *releases) Invoke(ctx context.Context, functionARN string, payload []byte) (*lambda.Result, error) {
	return recordedInvoker{functions{r.system}.service(), r.system, "CodeDeploy"}.Invoke(ctx, functionARN, payload)
}

// UpdateAlias implements codedeploy.Lambda.
func (r *releases) UpdateAlias(functionARN, name string, to lambda.Alias) {
	functions{r.system}.service().UpdateAlias(functionARN, name, to)
}

// Group implements aws.CodeDeploy.
func (r *releases) Group(deploymentID string) (arn string, found bool) {
	if d := r.running.Load(); d != nil && d.ID == deploymentID {
		return d.Group().ARN, true
	}
	return "", false
}

// PutHookStatus implements aws.CodeDeploy.
func (r *releases) PutHookStatus(deploymentID, executionID, status string) error {
	d := r.running.Load()
	if d == nil || d.ID != deploymentID {
		return &aws.Refusal{Status: http.StatusBadRequest, Code: "DeploymentDoesNotExistException", Message: "No deployment found for id: " + deploymentID}
	}
	err := d.PutHookStatus(executionID, status)
	code := ""
	switch {
	case errors.Is(err, codedeploy.ErrNoExecution):
		code = "InvalidLifecycleEventHookExecutionIdException"
	case errors.Is(err, codedeploy.ErrCompleted):
		code = "LifecycleEventAlreadyCompletedException"
	default:
		return err
	}
	return &aws.Refusal{Status: http.StatusBadRequest, Code: code, Message: err.Error()}
}

// defaultShift is how a shift goes where neither its command nor the deployment
// group say: long enough for the group's alarms to go off.
func defaultShift(g codedeploy.Group) codedeploy.Traffic {
	if g.Traffic.Shifts() {
		return g.Traffic
	}
	return codedeploy.Traffic{Percent: 10, Every: max(time.Minute, g.Needs())}
}
