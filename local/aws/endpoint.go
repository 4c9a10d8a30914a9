package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"annex/local/aws/objects"
	"annex/local/aws/queues"
)

// drainTimeout is how long Close waits for requests that are being answered.
const drainTimeout = 300 * time.Millisecond

// Options are where things are.
type Options struct {
	// DataDir is the folder that keeps tables and objects over restarts, such
	// as .local/data. It is made where it is missing. One process at a time
	// may use it. Required.
	DataDir string

	// Node is the program node, and Dynalite the folder of the npm package, such
	// as node_modules/.bin/node and node_modules/dynalite. Required without
	// DynamoDB.
	Node     string
	Dynalite string

	// DynamoDB is the URL of a DynamoDB to use in place of dynalite, such as
	// that of DynamoDB Local. IAM is enforced before it all the same. Default:
	// dynalite is started.
	DynamoDB string

	// Values is the file with the values of secrets and parameters (see package
	// values). Default: there are none.
	Values string

	// Functions is Lambda, and CodeDeploy what its hooks tell. Default: a call of
	// either is answered that it is not available.
	Functions  Functions
	CodeDeploy CodeDeploy

	// Connections are those of WebSocket APIs. Default: a command for one is
	// answered that it is not available.
	Connections Connections

	// Events takes each event for EventBridge's default bus, which S3's are, of
	// what is uploaded and deployed. Who asked for it waits, and is answered its
	// error. It may be called before Start returns, so it gets the endpoint, in
	// which the queues are open. Default: there are no events.
	Events func(ctx context.Context, e *Endpoint, event json.RawMessage) error

	// Logs gets a line for what a developer should know: a request that was
	// denied, an operation that is not there, dynalite's end. Default: nothing
	// is logged.
	Logs io.Writer

	// Calls is asked at each request who wants to know of it; nil for nobody.
	// Default: nobody does.
	Calls func() func(Call)
}

// Endpoint is DynamoDB, S3, SQS, the values of Secrets Manager and Parameter Store,
// and what functions call of Lambda and CodeDeploy, at one address.
type Endpoint struct {
	current     atomic.Pointer[current]
	log         *log.Logger
	owner       Role // whose account and partition a caller has who has no role
	dynamoDB    *dynamoDB
	s3          *s3
	queues      *queues.Store
	events      func(context.Context, *Endpoint, json.RawMessage) error // nil for nobody
	values      *valueStore
	functions   Functions
	codeDeploy  CodeDeploy
	connections Connections

	server   *http.Server
	url      string
	dynalite *dynalite          // nil with another DynamoDB
	sweeping context.CancelFunc // ends the sweeps; nil where there are none
	lock     *os.File
	serving  sync.WaitGroup
}

// current is what the templates said last. It is never changed: Update puts
// another in its place.
type current struct {
	config  Config
	callers map[string]caller // by access key ID
}

func (e *Endpoint) config() Config { return e.current.Load().config }

func (e *Endpoint) caller(accessKeyID string) (caller, bool) {
	c, ok := e.current.Load().callers[accessKeyID]
	return c, ok
}

// Start makes the tables and buckets that are missing, runs the deployments
// that changed, and serves them on a free port of the loopback interface. The
// context bounds the start alone; Close ends what was started.
func Start(ctx context.Context, config Config, o Options) (*Endpoint, error) {
	if o.Logs == nil {
		o.Logs = io.Discard
	}
	e := &Endpoint{
		log: log.New(o.Logs, "aws: ", 0), functions: o.Functions, codeDeploy: o.CodeDeploy, connections: o.Connections, events: o.Events,
		owner: Role{ARN: "arn:aws:iam::000000000000:root", Account: "000000000000"},
	}
	if len(config.Roles) > 0 {
		e.owner = config.Roles[0]
	}
	e.current.Store(&current{config, callers(config.Roles)})
	if err := e.start(ctx, o); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *Endpoint) start(ctx context.Context, o Options) error {
	if err := e.takeFolder(o.DataDir); err != nil {
		return err
	}
	e.values = &valueStore{e, o.Values}
	if err := e.openQueues(o); err != nil {
		return err
	}
	// dynalite takes a tenth of a second to start; meanwhile the buckets are
	// filled.
	filled := make(chan error, 1)
	go func() { filled <- e.openBuckets(ctx, filepath.Join(o.DataDir, "s3")) }()
	err := e.openTables(ctx, o)
	if failed := <-filled; failed != nil {
		return failed
	}
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("serve DynamoDB, S3 and SQS: %w", err)
	}
	e.url = "http://" + listener.Addr().String()
	e.server = &http.Server{Handler: observed(e, o.Calls), ReadHeaderTimeout: 10 * time.Second, ErrorLog: e.log}
	e.serving.Go(func() { _ = e.server.Serve(listener) })
	return nil
}

// takeFolder makes the data folder and takes it for this process alone.
func (e *Endpoint) takeFolder(folder string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("keep the data of DynamoDB, S3 and SQS: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // in the data folder
	if err != nil {
		return fmt.Errorf("keep the data of DynamoDB, S3 and SQS: %w", err)
	}
	e.lock = file
	if err := lockFile(file); err != nil {
		return fmt.Errorf("the data in %s is in use by another local mode: stop that one first, or use another folder", folder)
	}
	return nil
}

func (e *Endpoint) openTables(ctx context.Context, o Options) error {
	region, account := "us-east-1", "000000000000"
	tables := e.config().Tables
	if len(tables) > 0 {
		region, account = tables[0].Region, tables[0].Account
	}
	e.dynamoDB = &dynamoDB{endpoint: e, account: account, transport: newTransport()}
	if o.DynamoDB != "" {
		e.dynamoDB.other = true
		e.dynamoDB.url = func() string { return o.DynamoDB }
	} else {
		d := &dynalite{node: o.Node, module: o.Dynalite, data: filepath.Join(o.DataDir, "dynamodb"), region: region, account: account, log: e.log}
		if err := d.start(ctx); err != nil {
			return err
		}
		e.dynalite = d
		e.dynamoDB.url = d.endpoint
	}
	if err := e.dynamoDB.createTables(ctx, tables); err != nil {
		return err
	}
	if e.dynalite != nil {
		sweeping, stop := context.WithCancel(context.WithoutCancel(ctx))
		e.sweeping = stop
		e.serving.Go(func() { e.dynamoDB.expire(sweeping) })
	}
	return nil
}

func (e *Endpoint) openBuckets(ctx context.Context, folder string) error {
	store, err := objects.Open(folder)
	if err != nil {
		return err
	}
	store.Observe(e.objectChanged)
	e.s3 = newS3(e, store)
	if err := e.s3.createBuckets(e.config().Buckets); err != nil {
		return err
	}
	_, err = deploy(ctx, store, e.config().Deployments)
	return err
}

// URL is where the endpoint is, such as http://127.0.0.1:45678, for
// AWS_ENDPOINT_URL.
func (e *Endpoint) URL() string { return e.url }

// Credentials are those of a role's sessions, for a function's environment.
// They are the same at every start.
func (e *Endpoint) Credentials(roleARN string) (accessKeyID, secretAccessKey, sessionToken string) {
	return credentials(roleARN)
}

// Close ends the endpoint and dynalite, with all data on disk, and returns
// when they have ended, within two seconds. Closing again does nothing.
func (e *Endpoint) Close() error {
	var err error
	if e.sweeping != nil {
		e.sweeping()
	}
	if e.server != nil {
		// Requests that are being answered may end; the rest are broken off.
		ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
		defer cancel()
		if e.server.Shutdown(ctx) != nil {
			err = e.server.Close()
		}
	}
	e.serving.Wait()
	if e.dynalite != nil {
		e.dynalite.close()
	}
	if e.dynamoDB != nil {
		e.dynamoDB.transport.CloseIdleConnections()
	}
	if e.queues != nil {
		err = errors.Join(err, e.queues.Close())
	}
	if e.lock != nil {
		err = errors.Join(err, e.lock.Close())
		e.lock = nil
	}
	return err
}

// callers are those who have an access key.
func callers(roles []Role) map[string]caller {
	known := map[string]caller{RootAccessKeyID: {root: true}}
	for i := range roles {
		id, _, _ := credentials(roles[i].ARN)
		known[id] = caller{role: &roles[i]}
	}
	return known
}
