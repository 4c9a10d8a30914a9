package aws

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
)

// BenchmarkGetItem is a function's GetItem through the endpoint, and without
// it at dynalite itself: the difference is what the endpoint costs.
func BenchmarkGetItem(b *testing.B) {
	config, _ := read(b, shop)
	e := start(b, config, b.TempDir(), nil)
	through := dynamoDBClient(e, cartRole)
	putItem(b, through, carts, "1")
	alone := clientConfig(e, "")
	alone.BaseEndpoint = sdk.String(e.dynalite.endpoint())
	for _, c := range []struct {
		name   string
		client *dynamodb.Client
	}{{"dynalite", dynamodb.NewFromConfig(alone)}, {"endpoint", through}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				out, err := c.client.GetItem(b.Context(), &dynamodb.GetItemInput{TableName: sdk.String(carts), Key: map[string]types.AttributeValue{"id": text("1")}})
				if err != nil || len(out.Item) == 0 {
					b.Fatal(out, err)
				}
			}
		})
	}
}

// BenchmarkPutItem is a function's PutItem into a table without a stream, and
// into one with a stream.
func BenchmarkPutItem(b *testing.B) {
	for _, c := range []struct{ name, resources string }{{"no stream", shop}, {"stream", streamed("NEW_AND_OLD_IMAGES")}} {
		b.Run(c.name, func(b *testing.B) {
			config, _ := read(b, c.resources)
			e := start(b, config, b.TempDir(), nil)
			client := dynamoDBClient(e, cartRole)
			for i := 0; b.Loop(); i++ {
				putItem(b, client, carts, strconv.Itoa(i))
			}
		})
	}
}

// BenchmarkGetObject is a function that reads its index: whole, and asking
// only whether there is a newer one.
func BenchmarkGetObject(b *testing.B) {
	config, _ := read(b, shop)
	e := start(b, config, b.TempDir(), nil)
	c := s3Client(e, searchRole)
	etag := putObject(b, c, indexName, productsKey, strings.Repeat("x", 20<<10)).ETag
	b.Run("20 KB", func(b *testing.B) {
		for b.Loop() {
			getObject(b, c, indexName, productsKey)
		}
	})
	b.Run("not modified", func(b *testing.B) {
		for b.Loop() {
			_, err := c.GetObject(b.Context(), &s3sdk.GetObjectInput{Bucket: sdk.String(indexName), Key: sdk.String(productsKey), IfNoneMatch: etag})
			if statusOf(err) != http.StatusNotModified {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkStart is a start with nothing to deploy: that of dynalite, mostly.
func BenchmarkStart(b *testing.B) {
	config, _ := read(b, shop)
	data := b.TempDir()
	for b.Loop() {
		stop(b, start(b, config, data, nil))
	}
}

// BenchmarkStartWithoutDynalite is a start but for dynalite's.
func BenchmarkStartWithoutDynalite(b *testing.B) {
	config, _ := read(b, shop)
	config.Tables = nil
	data := b.TempDir()
	for b.Loop() {
		e, err := Start(b.Context(), config, Options{DataDir: data, DynamoDB: "http://127.0.0.1:1"})
		if err != nil {
			b.Fatal(err)
		}
		stop(b, e)
	}
}
