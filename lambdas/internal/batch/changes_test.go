package batch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var ignoreDocuments = cmpopts.IgnoreUnexported(
	types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberB{}, types.AttributeValueMemberBOOL{},
	types.AttributeValueMemberNULL{}, types.AttributeValueMemberL{}, types.AttributeValueMemberM{},
	types.AttributeValueMemberSS{}, types.AttributeValueMemberNS{}, types.AttributeValueMemberBS{})

func TestChangeIsTheRecordOfTheStream(t *testing.T) {
	logger, _ := testLogger()
	var got []Change
	handler := Changes(logger, func(_ context.Context, change Change) error {
		got = append(got, change)
		return nil
	})
	expectFailures(t, t.Context(), handler, testdata(t, "changes.json"))

	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	number := func(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} }
	bytes := []byte{0, 1, 42, 65}
	key := map[string]types.AttributeValue{"val": text("data"), "key": text("binary")}
	want := []Change{{
		ID: "f07f8ca4b0b26cb9c4e5e77e69f274ee", Kind: "INSERT", SequenceNumber: "1405400000000002063282832",
		Time: time.Date(2016, 12, 2, 1, 27, 0, 0, time.UTC), Key: key, Expired: true,
		New: map[string]types.AttributeValue{
			"val": text("data"), "key": text("binary"), "asdf1": &types.AttributeValueMemberB{Value: bytes},
			"asdf2": &types.AttributeValueMemberBS{Value: [][]byte{bytes, {65, 42, 1, 0}}},
		},
	}, {
		ID: "f07f8ca4b0b26cb9c4e5e77e42f274ee", Kind: "INSERT", SequenceNumber: "1405400000000002063282832",
		Time: time.Date(2016, 12, 2, 1, 27, 0, 0, time.UTC), Key: key,
		New: map[string]types.AttributeValue{
			"val": text("data"), "key": text("binary"), "asdf1": &types.AttributeValueMemberB{Value: bytes},
			"asdf2":         &types.AttributeValueMemberBS{Value: [][]byte{bytes, {65, 42, 1, 0}, bytes}},
			"b2":            &types.AttributeValueMemberB{Value: []byte{0xb5, 0xeb, 0x2d}},
			"Binary":        &types.AttributeValueMemberB{Value: bytes},
			"Boolean":       &types.AttributeValueMemberBOOL{Value: true},
			"BinarySet":     &types.AttributeValueMemberBS{Value: [][]byte{bytes, bytes}},
			"List":          &types.AttributeValueMemberL{Value: []types.AttributeValue{text("Cookies"), text("Coffee"), number("3.14159")}},
			"Map":           &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"Name": text("Joe"), "Age": number("35")}},
			"FloatNumber":   number("123.45"),
			"IntegerNumber": number("123"),
			"NumberSet":     &types.AttributeValueMemberNS{Value: []string{"1234", "567.8"}},
			"Null":          &types.AttributeValueMemberNULL{Value: true},
			"String":        text("Hello"), "StringSet": &types.AttributeValueMemberSS{Value: []string{"Giraffe", "Zebra"}},
			"EmptyStringSet": &types.AttributeValueMemberSS{Value: []string{}},
		},
	}}
	if diff := cmp.Diff(want, got, ignoreDocuments); diff != "" {
		t.Error("(-want +got):\n", diff)
	}
}

// stream is an event of records with these sequence numbers.
func stream(t *testing.T, numbers ...string) []byte {
	t.Helper()
	var records []json.RawMessage
	for _, number := range numbers {
		records = append(records, json.RawMessage(fmt.Sprintf(`{"eventID":%q,"eventName":"MODIFY","eventSource":"aws:dynamodb","dynamodb":{
			"Keys":{"id":{"S":"a"}},"NewImage":{"id":{"S":"a"}},"SequenceNumber":%q,"SizeBytes":4,"StreamViewType":"NEW_AND_OLD_IMAGES"}}`, number, number)))
	}
	return marshal(t, map[string]any{"Records": records})
}

func TestChangesStopAtTheFirstThatFails(t *testing.T) {
	for name, fail := range map[string]func() error{
		"an error": func() error { return errors.New("no such thing") },
		"a panic":  func() error { panic("no such thing") },
	} {
		t.Run(name, func(t *testing.T) {
			logger, logs := testLogger()
			var handled []string
			handler := Changes(logger, func(_ context.Context, change Change) error {
				handled = append(handled, change.SequenceNumber)
				if change.SequenceNumber == "300" {
					return fail()
				}
				return nil
			})
			expectFailures(t, t.Context(), handler, stream(t, "100", "200", "300", "400"), "300")
			if !slices.Equal(handled, []string{"100", "200", "300"}) {
				t.Errorf("handled %q", handled)
			}
			if !strings.Contains(logs.String(), "record=300") || !strings.Contains(logs.String(), "no such thing") {
				t.Errorf("logged %s", logs)
			}

			// When it comes again, it is the first.
			if failed, err := failures(t, t.Context(), handler, stream(t, "300", "400")); err == nil || !strings.Contains(err.Error(), "none of 2 records is done") {
				t.Errorf("reported %q, error %v", failed, err)
			}
			expectFailures(t, t.Context(), handler, stream(t, "400", "500"))
		})
	}
}

func TestRecordThatCannotBeReadFailsAlone(t *testing.T) {
	for name, record := range map[string]string{
		"an unknown type":  `{"eventSource":"aws:dynamodb","dynamodb":{"SequenceNumber":"200","NewImage":{"id":{"X":"a"}}}}`,
		"a set of numbers": `{"eventSource":"aws:dynamodb","dynamodb":{"SequenceNumber":"200","NewImage":{"id":{"BS":[1]}}}}`,
		"another source":   `{"eventSource":"aws:kinesis","dynamodb":{"SequenceNumber":"200"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			logger, logs := testLogger()
			handled := 0
			handler := Changes(logger, func(context.Context, Change) error { handled++; return nil })
			event := strings.Replace(string(stream(t, "100", "300")), `,{"eventID":"300"`, `,`+record+`,{"eventID":"300"`, 1)
			expectFailures(t, t.Context(), handler, []byte(event), "200")
			if handled != 1 || !strings.Contains(logs.String(), "record=200") {
				t.Errorf("handled %d, logged %s", handled, logs)
			}
		})
	}
	// Without a sequence number there is nothing to report.
	logger, _ := testLogger()
	handler := Changes(logger, func(context.Context, Change) error { return nil })
	event := strings.Replace(string(stream(t, "100", "300")), `,{"eventID":"300"`, `,{"eventSource":"aws:sqs"},{"eventID":"300"`, 1)
	if failed, err := failures(t, t.Context(), handler, []byte(event)); err == nil {
		t.Errorf("reported %q, want an error", failed)
	}
}

func TestChangesThatHaveNoTimeLeftComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logger, _ := testLogger()
		handled := 0
		handler := Changes(logger, func(ctx context.Context, _ Change) error {
			handled++
			select {
			case <-time.After(time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		expectFailures(t, ctx, handler, stream(t, "100", "200", "300", "400"), "300")
		if ctx.Err() != nil {
			t.Error("it has no time to report")
		}
		if handled != 3 {
			t.Errorf("handled %d", handled)
		}
	})
}

func TestWarmersCallIsNoRecord(t *testing.T) {
	logger, _ := testLogger()
	handler := Changes(logger, func(context.Context, Change) error { return errors.New("handled a call") })
	if output, err := handler.Invoke(t.Context(), []byte(`{"annexWarm":{"holdMilliseconds":1}}`)); err != nil || string(output) != "{}" {
		t.Errorf("answered %s, %v", output, err)
	}
}
