# Every command that a developer or CI runs. `make help` lists them.

SHELL        := bash
.DEFAULT_GOAL := help
MAKEFLAGS    += --no-print-directory

STAGE     ?= dev
PORT      ?= 8080
TLS_PORT  ?= 8443
CONTAINER ?=
DYNAMODB  ?=
JSON      ?= false
RENEW     ?= false
SUBJECT   ?= shopper
SERVICE   ?=
WEIGHT    ?= 0
FOR       ?=
DNS       ?=
RELEASE   ?=
FUZZTIME  ?= 10s
LOAD      ?= 5s

# The Node that package.json pins runs the CDK, whatever the machine has.
WITH_NODE := PATH="$(CURDIR)/node_modules/.bin:$$PATH"

GOLANGCI_LINT := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOFUMPT       := go run mvdan.cc/gofumpt@v0.12.0

.PHONY: help
help: ## List these commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-19s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: setup ## Serve the whole stage on this machine: the site, the API and the container (STAGE, PORT, TLS_PORT, CONTAINER, DYNAMODB, JSON=true).
	@echo "annex: compiling the CDK app (a minute the first time, then a second)" >&2
	@go build -o bin/annex .
	@echo "annex: synthesizing stage $(STAGE) and compiling its handlers for Lambda" >&2
	@rm -rf cdk.out # it would keep every asset that there ever was
	@set -o pipefail; $(WITH_NODE) cdk synth --quiet -c stage=$(STAGE) 2>&1 | { grep -v '^Supply a stack id' || true; } >&2
	@echo "annex: compiling the runner" >&2
	@go build -o bin/local ./local
	@exec bin/local -port $(PORT) -tls-port $(TLS_PORT) -container '$(CONTAINER)' -dynamodb '$(DYNAMODB)' -stage '$(STAGE)' -json='$(JSON)'

.PHONY: token
token: tools ## Print an access token for curl, of the customer that signs in on this machine as SUBJECT.
	@go build -o bin/token ./local/token && bin/token -subject '$(SUBJECT)'

.PHONY: shift
shift: tools ## Try a release while `make run` runs: shift SERVICE from its previous build to the edit, as its deployment group would (SERVICE, WEIGHT, FOR, PORT).
	@go build -o bin/shift ./local/shift
	@exec bin/shift -port $(PORT) -service '$(SERVICE)' -weight '$(WEIGHT)' -for '$(FOR)'

.PHONY: test
test: setup ## Run every test: constructs, snapshots, handlers, and the whole shop over real HTTP and in a browser.
	@echo "annex: compiling and running the tests (the first time compiles the CDK: some minutes)"
	@$(WITH_NODE) go test $$(go list ./... | grep -v /test/e2e)
	@$(WITH_NODE) go test -count=1 -timeout 30m ./test/e2e -for $(LOAD) # what it tests is not all Go code, so nothing says that it did not change
	@command -v chromium >/dev/null || echo "annex: SKIPPED: the page was not tried in a browser: install Chromium, as chromium on the PATH" >&2

.PHONY: load
load: setup ## Hold two hundred connections for a minute while execution environments are killed, and look for what that leaves behind.
	@$(WITH_NODE) go test -count=1 ./test/e2e -v -run '^TestEveryRequestIsAnsweredWhileEnvironmentsAreKilled$$' -for 1m

.PHONY: check
check: setup ## Run what CI runs: formatting, vet, lint, tests, and the proof that handlers build reproducibly.
	@echo "annex: formatting"
	@unformatted=$$($(GOFUMPT) -l $$(git ls-files '*.go')) && test -z "$$unformatted" || { echo "not formatted, run \`make format\`:"; echo "$$unformatted"; exit 1; }
	@echo "annex: vet"
	@go vet ./...
	@echo "annex: lint"
	@$(GOLANGCI_LINT) run ./...
	@$(MAKE) test LOAD=1m
	@echo "annex: the runner's tests again, with the race detector"
	@$(WITH_NODE) go test -race -timeout 20m ./local/...
	@echo "annex: building every handler and layer twice"
	@go run ./test/reproducible

.PHONY: format
format: ## Format the Go code.
	@$(GOFUMPT) -w $$(git ls-files '*.go')

.PHONY: snapshots
snapshots: setup ## Rewrite the snapshots of every stage's templates, for a change that means to change them.
	@$(WITH_NODE) go test ./test -run Snapshot -update

.PHONY: conformance
conformance: tools ## Say how much of what is known of AWS local mode meets, and of the rest, why not.
	@go run ./test/conformance

# Without a limit, making an input smaller takes a minute, in which nothing is tried.
.PHONY: fuzz
fuzz: setup ## Run each fuzz test for FUZZTIME, one after the other; an input that fails is kept beside its test.
	@export $(WITH_NODE); set -o pipefail; git grep -Eo '^func Fuzz[A-Za-z]+' -- '*_test.go' | while IFS=: read -r file name; do \
	  echo "annex: fuzzing $${file%/*}: $${name#func }"; \
	  go test "./$${file%/*}" -run '^$$' -fuzz "^$${name#func }\$$" -fuzztime '$(FUZZTIME)' -fuzzminimizetime 100x </dev/null || exit 1; \
	done

.PHONY: bench
bench: setup test/bench/serverless/node_modules/.package-lock.json ## Measure the speed of synth, bundling and local mode, each against something named.
	@$(WITH_NODE) go run ./test/bench

.PHONY: preflight
preflight: setup ## Say what a deployment of the stage would trip over in its account and in DNS; it changes nothing, and passes only what it could look at (STAGE, RELEASE=direct, DNS).
	@go build -o bin/annex . && go build -o bin/preflight ./ops/preflight
	@rm -rf cdk.out
	@set -o pipefail; $(WITH_NODE) cdk synth --quiet -c stage=$(STAGE) $(if $(RELEASE),-c release=$(RELEASE)) 2>&1 | { grep -v -e '^Supply a stack id' -e '^Successfully synthesized' || true; }
	@exec bin/preflight -stage '$(STAGE)' -dns '$(DNS)'

.PHONY: origin-certificate
origin-certificate: tools ## Make, keep or renew the client certificate by which only the site reaches the APIs (STAGE, RENEW=true).
	@go build -o bin/origincertificate ./ops/origincertificate
	@exec bin/origincertificate -stage '$(STAGE)' -renew='$(RENEW)'

.PHONY: clean-data
clean-data: ## Remove what local mode has stored: tables, buckets and queues.
	@rm -rf .local/data

.PHONY: clean
clean: ## Remove everything that a command made.
	@rm -rf .local bin build cdk.out node_modules

.PHONY: setup
setup: tools node_modules/.package-lock.json ## Install what the other commands need; they call it themselves.

# Told in a sentence, before anything fails in a way that needs explaining.
.PHONY: tools
tools:
	@command -v go >/dev/null || { echo "annex: Go is not installed: get Go 1.26 or newer from https://go.dev/dl" >&2; exit 1; }
	@command -v npm >/dev/null || { echo "annex: npm is not installed: get it with Node.js from https://nodejs.org" >&2; exit 1; }
	@version=$$(GOTOOLCHAIN=local go env GOVERSION); minor=$${version#go1.}; minor=$${minor%%[!0-9]*}; \
	  test "$${minor:-0}" -ge 26 || { echo "annex: this is $$version: get Go 1.26 or newer from https://go.dev/dl" >&2; exit 1; }

node_modules/.package-lock.json: package.json package-lock.json
	@echo "annex: installing the pinned tools with npm (the CDK's command line, Node, a local DynamoDB)" >&2
	@npm ci --no-progress --loglevel=error >&2
	@touch $@

test/bench/serverless/node_modules/.package-lock.json: test/bench/serverless/package.json test/bench/serverless/package-lock.json
	@echo "annex: installing serverless-offline with npm, which the benchmark compares local mode with"
	@cd test/bench/serverless && $(WITH_NODE) npm ci --no-progress --loglevel=error
	@touch $@
