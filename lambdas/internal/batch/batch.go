// Package batch is what the handlers share that Lambda invokes with many records at once: the changes of a table, from its
// stream, and the messages of a queue. A handler says what is to be done with one record; this package tells Lambda which
// were not done, so that those alone come again, and keeps one bad record from holding up the others.
//
//	lambda.Start(batch.Changes(lambdacontext.NewLogger(), func(ctx context.Context, change batch.Change) error {
//		return learn(ctx, change.Old, change.New)
//	}))
//
// Whatever is delivered is delivered at least once: a handler that counts does it with package once.
//
// The event source mapping must have ReportBatchItemFailures, as those of web.OnChange and web.OnObject have. Any handler
// below lambdas/ may import it.
package batch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// reportTime is kept free at the end of an invocation, to report what was done: of an invocation that times out Lambda
// takes nothing for done.
const reportTime = 250 * time.Millisecond

// errTime is why a record is left for the next invocation.
var errTime = errors.New("the function's time is over but for what is kept to report what was done")

// working is ctx, ended so long before the function's deadline that there is time to report.
func working(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadlineCause(ctx, deadline.Add(-reportTime), errTime)
}

// attempt handles one record, unless the time for that is over. A panic is an error too: it is that record's, and those
// before it are done.
func attempt(ctx context.Context, handle func() error) (err error) {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v\n%s", reason, debug.Stack())
		}
	}()
	return handle()
}

// nothingDone is the error of an invocation that got nothing done. It fails, rather than report every record: only then
// does Lambda count an error, by which a release goes back, and bisect a batch that begins with a bad record.
func nothingDone(records int, err error) error {
	return fmt.Errorf("none of %d records is done: %w", records, err)
}

func logFailure(ctx context.Context, logger *slog.Logger, id string, err error) {
	logger.ErrorContext(ctx, "record failed", "record", id, "error", err.Error())
}
