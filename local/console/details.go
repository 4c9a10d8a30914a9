package console

import "slices"

const (
	maxUnclaimed = 2000 // keys that are remembered
	maxAdded     = 500  // lines or calls that one invocation has here
)

// details brings logs and calls together with their invocations, whichever
// comes first. Both come with a key: a log line with the request ID, a call
// with the root of the trace.
type details struct {
	byKey map[string]*detail
	order []string // the oldest first
}

type detail struct {
	owner *Recording
	index int                 // of the owner's invocation
	early []func(*Invocation) // what came before the owner was known
	added int
}

func newDetails() details { return details{byKey: map[string]*detail{}} }

func (d *details) at(key string) *detail {
	if found := d.byKey[key]; found != nil {
		return found
	}
	if len(d.order) >= maxUnclaimed {
		delete(d.byKey, d.order[0])
		d.order = d.order[1:]
	}
	made := &detail{}
	d.byKey[key] = made
	d.order = append(d.order, key)
	return made
}

// forget lets go of what came for the owner's invocations: what still comes for
// them comes for nobody.
func (d *details) forget(owner *Recording) {
	for _, i := range owner.exchange.Invocations {
		for _, key := range i.keys() {
			if found := d.byKey[key]; found != nil && found.owner == owner {
				delete(d.byKey, key)
			}
		}
	}
}

// keys are those that an invocation's logs and calls come with.
func (i *Invocation) keys() []string {
	return slices.DeleteFunc([]string{i.RequestID, root(i.Trace)}, func(key string) bool { return key == "" })
}

// claim gives an invocation of the owner what came for it, and what will come.
func (d *details) claim(owner *Recording, index int) {
	i := &owner.exchange.Invocations[index]
	for _, key := range i.keys() {
		found := d.at(key)
		for _, add := range found.early {
			add(i)
		}
		found.owner, found.index, found.early = owner, index, nil
	}
}

// add lets the invocation with the key have something, at once where it is
// known. It returns whose invocation it is, or nil.
func (d *details) add(key string, add func(*Invocation)) *Recording {
	found := d.at(key)
	if found.added++; found.added > maxAdded {
		return nil
	}
	if found.owner == nil {
		found.early = append(found.early, add)
		return nil
	}
	add(&found.owner.exchange.Invocations[found.index])
	return found.owner
}
