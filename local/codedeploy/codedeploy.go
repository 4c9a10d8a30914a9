// Package codedeploy is AWS CodeDeploy for Lambda on one machine: it shifts an
// alias from a function's old version to its new one as the template's
// deployment group says, has the group's hooks try the new version, and watches
// the group's alarms, for which it counts the function's invocations as
// CloudWatch does. Where a hook or an alarm says so, the alias goes back.
// Only local's main may import it.
package codedeploy

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"time"

	"annex/local/lambda"
)

// Lambda is what a deployment does to functions.
type Lambda interface {
	Invoke(ctx context.Context, functionARN string, payload []byte) (*lambda.Result, error)
	UpdateAlias(functionARN, name string, to lambda.Alias)
}

// Options are those of one deployment.
type Options struct {
	Group Group

	// Old is the number of the version that the alias has now, and that it goes
	// back to.
	Old string

	// Lambda is where the functions are. Required.
	Lambda Lambda

	// Report is told of what happens, one call at a time. Default: nobody is.
	Report func(Event)
}

// Status is a deployment's, by CodeDeploy's names.
type Status string

// The statuses of a deployment.
const (
	InProgress Status = "InProgress"
	Succeeded  Status = "Succeeded"
	Failed     Status = "Failed"  // a hook did not pass
	Stopped    Status = "Stopped" // an alarm went off, or somebody stopped it
)

// Event is one thing that happened in a deployment, with how it stands then.
type Event struct {
	Text     string           `json:"text"`
	Status   Status           `json:"status"`
	Weight   int              `json:"weight"`   // percent of the invocations that go to the new version
	Versions map[string]Tally `json:"versions"` // what was answered through the alias, by version
}

// Tally counts what a version answered.
type Tally struct {
	Answered int `json:"answered"`
	Failed   int `json:"failed"` // of those
}

// Deployment takes an alias from one version to another.
type Deployment struct {
	ID string

	options Options
	alarms  []*watched
	stop    context.CancelCauseFunc
	stopped context.Context // its cause is why the alias goes back

	mu       sync.Mutex
	weight   int
	versions map[string]Tally
	hooks    map[string]*hookExecution // by ID
}

// ErrStopped is why a deployment ends that somebody stopped.
var ErrStopped = errors.New("it was stopped")

// New makes a deployment; Run carries it out.
func New(o Options) *Deployment {
	if o.Report == nil {
		o.Report = func(Event) {}
	}
	d := &Deployment{
		ID: "d-" + rand.Text()[:9], options: o,
		versions: map[string]Tally{o.Old: {}, o.Group.New: {}}, hooks: map[string]*hookExecution{},
	}
	for _, a := range o.Group.Alarms {
		d.alarms = append(d.alarms, watch(a, strings.TrimSuffix(o.Group.FunctionARN, o.Group.Function)))
	}
	d.stopped, d.stop = context.WithCancelCause(context.Background())
	return d
}

// Group is that of the deployment.
func (d *Deployment) Group() Group { return d.options.Group }

// Stop has the deployment go back, for the reason.
func (d *Deployment) Stop(reason error) { d.stop(reason) }

// Observe counts an invocation, of whichever function.
func (d *Deployment) Observe(i lambda.Invocation) {
	g := d.options.Group
	now := time.Now()
	for _, w := range d.alarms { // which may be of another function that the new version is bad for
		w.observe(i, now)
	}
	if i.FunctionARN != g.FunctionARN || i.Qualifier != g.Alias || i.Throttled {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.versions[i.Version]
	t.Answered++
	if i.Failed {
		t.Failed++
	}
	d.versions[i.Version] = t
}

// Replaced says that the new version is another build from now on. What was
// counted of the one before says nothing about it.
func (d *Deployment) Replaced() {
	for _, w := range d.alarms {
		w.forget()
	}
	d.mu.Lock()
	d.versions[d.options.Group.New] = Tally{}
	d.mu.Unlock()
	d.report(InProgress, "the new version is the edit that was just saved: its requests are counted anew, and it keeps its weight")
}
