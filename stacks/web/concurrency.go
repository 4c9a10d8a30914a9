package web

import (
	"errors"
	"fmt"
)

// Concurrency is how many invocations of a function may run at once, and which
// of its execution environments are there before somebody calls.
//
// An environment that is there answers at once; one that has to be started
// answers after the handler's init, a tenth of a second or some for a small Go
// binary. Which way it is there is a choice of one:
//
//	Provisioned   Lambda keeps them, always: no call waits, up to their number. Each is paid for by the hour.
//	Warm          a schedule calls them, every five minutes: few calls wait. It costs some cents a month.
//
// The zero value is neither, and no bound but the account's.
type Concurrency struct {
	// Reserved is how many invocations may run at once, of all versions of the
	// function. They are kept for it: others cannot use them up, and share what
	// is left of the account's limit, of which AWS wants 100 unreserved. It costs
	// nothing.
	// Default: none reserved, and no bound but the account's.
	Reserved int

	// Provisioned are environments that are always ready.
	// Default: none.
	Provisioned *Provisioned

	// Warm are environments that a schedule keeps from being taken away.
	// Default: none.
	Warm *Warm
}

// Validate says what of it AWS would refuse, and what would cost money and do
// nothing.
func (c Concurrency) Validate() error {
	if c.Reserved < 0 {
		return fmt.Errorf("reserved concurrency %d: want 1 or more, or 0 for none", c.Reserved)
	}
	if c.Provisioned != nil && c.Warm != nil {
		return errors.New("both provisioned and warm environments: want one of them; Lambda keeps what is provisioned warm by itself, " +
			"and a warm-up's calls would go there and be paid for twice")
	}
	if p := c.Provisioned; p != nil {
		if err := p.validate(); err != nil {
			return fmt.Errorf("provisioned concurrency: %w", err)
		}
		if most := p.most(); c.Reserved > 0 && most > c.Reserved {
			return fmt.Errorf("provisioned concurrency of up to %d: want no more than the %d that are reserved, or more reserved: Lambda provisions out of these", most, c.Reserved)
		}
	}
	if w := c.Warm; w != nil {
		if err := w.validate(); err != nil {
			return fmt.Errorf("warm environments: %w", err)
		}
		if c.Reserved > 0 && w.Environments > c.Reserved {
			return fmt.Errorf("%d warm environments: want no more than the %d that are reserved: Lambda refuses what exceeds them, the calls of the warm-up too", w.Environments, c.Reserved)
		}
	}
	return nil
}

// ValidateRelease says why a function of this concurrency cannot be released
// in a certain way, if it cannot.
func (c Concurrency) ValidateRelease(release Release) error {
	if c.Provisioned == nil || !c.Provisioned.scales() || !release.ShiftsTraffic() {
		return nil
	}
	return fmt.Errorf("provisioned concurrency that scales, and release %s: want web.AllAtOnce(), before which the check runs too, or a fixed number: "+
		"while a release shifts traffic the alias is weighted, and then AWS refuses to change its provisioned concurrency "+
		"(“Alias with weights can not be used with Provisioned Concurrency”)", release)
}

func (p *FunctionProps) validateConcurrency() error {
	if err := p.Concurrency.Validate(); err != nil {
		return err
	}
	if err := p.Concurrency.ValidateRelease(p.Release); err != nil {
		return err
	}
	warm := p.Concurrency.Warm
	switch {
	case warm == nil:
		return nil
	case p.Warmer == nil:
		return errors.New("warm environments and no warmer: want web.NewWarmer, or a function of a service, which has one")
	case p.Deployments != nil && warm.hold() >= p.latency():
		return fmt.Errorf("p99 %s, and %d warm environments: want a p99 above %s, for which the calls of the warm-up are held: in quiet hours they are most calls, and releases would go back for them",
			p.latency(), warm.Environments, warm.hold())
	}
	return nil
}
