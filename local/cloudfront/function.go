package cloudfront

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/dop251/goja"
)

// Function is one AWS::CloudFront::Function, compiled. It is safe for
// concurrent use.
type Function struct {
	Name     string
	program  *goja.Program
	machines sync.Pool
}

// The runtimes that functions can name.
const (
	runtime1 = "cloudfront-js-1.0"
	runtime2 = "cloudfront-js-2.0"
)

// maxFunctionSize is the size of code in bytes from which AWS does not take it
// ("Quotas on CloudFront Functions").
const maxFunctionSize = 10240

// functionTime is how long a function may run. On AWS it is below a
// millisecond of a faster engine; this one only has to end endless loops.
const functionTime = time.Second

// NewFunction compiles a function for its runtime, "cloudfront-js-1.0" or
// "cloudfront-js-2.0". Code that AWS would not take, that its runtime could
// not run, or that needs what local mode does not have is an error.
func NewFunction(name, runtime, code string) (*Function, error) {
	if runtime != runtime1 && runtime != runtime2 {
		return nil, fmt.Errorf("its runtime is %q, want %q or %q", runtime, runtime1, runtime2)
	}
	if len(code) > maxFunctionSize {
		return nil, fmt.Errorf("its code has %d bytes, and AWS takes %d", len(code), maxFunctionSize)
	}
	script, err := transpile(name, runtime, code)
	if err != nil {
		return nil, err
	}
	// The script becomes the body of a function, so that every request starts
	// with the code's own top level, as it does on AWS, in a machine that is used
	// again. It begins on the first line, to keep the lines of messages right.
	program, err := goja.Compile(name+".js", "(function (exports, module) { "+script+"\nreturn handler; })", true)
	if err != nil {
		return nil, err
	}
	f := &Function{Name: name, program: program}
	m, err := f.machine()
	if err != nil {
		return nil, err
	}
	f.machines.Put(m)
	return f, nil
}

// executionError is a function that threw, that did not finish, or that
// returned what CloudFront does not take.
type executionError struct {
	function string
	invalid  bool // it finished, and what it returned is wrong
	err      error
}

func (e *executionError) Error() string {
	if e.invalid {
		return fmt.Sprintf("the CloudFront function %s returned something invalid: %v", e.function, e.err)
	}
	return fmt.Sprintf("the CloudFront function %s could not run: %v", e.function, e.err)
}

func (e *executionError) Unwrap() error { return e.err }

// run calls the function's handler with an event and returns what it
// returned. Its log lines go to log. Errors are *executionError.
func (f *Function) run(e functionEvent, now time.Time, log func(line string)) (result functionResult, err error) {
	m, ok := f.machines.Get().(*machine)
	if !ok {
		if m, err = f.machine(); err != nil {
			return result, &executionError{function: f.Name, err: err}
		}
	}
	m.now, m.log = now, log
	timer := time.AfterFunc(functionTime, func() { m.vm.Interrupt(fmt.Sprintf("it ran longer than %v", functionTime)) })
	result, err = m.handle(e)
	if timer.Stop() {
		f.machines.Put(m)
	} // else the interrupt may still be on its way: the machine is left to the collector
	if _, invalid := errors.AsType[*invalidError](err); invalid {
		return result, &executionError{function: f.Name, invalid: true, err: err}
	}
	if err != nil {
		return result, &executionError{function: f.Name, err: err}
	}
	return result, nil
}

// machine is one JavaScript engine with the function loaded. It is used by one
// request at a time.
type machine struct {
	vm   *goja.Runtime
	load goja.Callable // runs the code's top level and returns its handler
	now  time.Time
	log  func(line string)
}

func (f *Function) machine() (*machine, error) {
	m := &machine{vm: goja.New()}
	m.vm.SetMaxCallStackSize(1000)
	// Time stands still while a function runs ("Restricted features").
	m.vm.SetTimeSource(func() time.Time { return m.now })
	for path, methods := range absentMethods {
		object, err := m.vm.RunString(path)
		if err != nil {
			return nil, err
		}
		for _, method := range methods {
			if err := object.ToObject(m.vm).Delete(method); err != nil {
				return nil, err
			}
		}
	}
	console := m.vm.NewObject()
	// Only the first argument is logged ("Console").
	err := console.Set("log", func(call goja.FunctionCall) goja.Value {
		m.log(call.Argument(0).String())
		return goja.Undefined()
	})
	if err != nil {
		return nil, err
	}
	if err := m.vm.Set("console", console); err != nil {
		return nil, err
	}
	loader, err := m.vm.RunProgram(f.program)
	if err != nil {
		return nil, err
	}
	m.load, _ = goja.AssertFunction(loader)
	return m, nil
}

// handle runs the handler. The engine's own methods, which reading a result
// calls too, throw by panicking.
func (m *machine) handle(e functionEvent) (result functionResult, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("%v", thrown)
		}
	}()
	handler, err := m.load(goja.Undefined(), m.vm.NewObject(), m.vm.NewObject())
	if err != nil {
		return result, err
	}
	call, ok := goja.AssertFunction(handler)
	if !ok {
		return result, errors.New("it has no function named handler")
	}
	returned, err := call(goja.Undefined(), m.event(e))
	if _, deep := errors.AsType[*goja.StackOverflowError](err); deep {
		return result, errors.New("its calls are nested too deep") // the engine's error has no words
	}
	if err != nil {
		return result, err
	}
	if o, ok := returned.(*goja.Object); ok && o.ExportType() == reflect.TypeFor[*goja.Promise]() {
		promise, _ := o.Export().(*goja.Promise)
		switch promise.State() {
		case goja.PromiseStatePending:
			return result, errors.New("its promise was never settled")
		case goja.PromiseStateRejected:
			return result, fmt.Errorf("%s", promise.Result())
		}
		returned = promise.Result()
	}
	return m.result(returned, e)
}

// asExecutionError is the error of a run, or of what was checked after it.
func asExecutionError(f *Function, err error) *executionError {
	if failure, ok := errors.AsType[*executionError](err); ok {
		return failure
	}
	return &executionError{function: f.Name, invalid: true, err: err}
}
