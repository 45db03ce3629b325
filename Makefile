# Every target runs in all modules of the repository, nested ones included.
FUZZTIME ?= 50000x
BENCH ?= .
COUNT ?= 1
CHAOS_TIME ?= 10s
CHAOS_SEED ?=
CHAOS_FIRST ?= $(shell date +%s)
CHAOS_TEST ?= TestStorms.*
CRASH_ROUNDS ?= 20
CRASH_VARIANT ?=
CRASH_SEED ?=

.PHONY: help fmt lint test race fuzz chaos crash bench peers nats-cluster cover vuln licences api release tools backends ci
.DEFAULT_GOAL := help

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

fmt: tools ## format the code, as .golangci.yml says
	@.ci/each.sh "$(CURDIR)/.bin/golangci-lint" fmt

lint: tools ## gofmt, go vet, staticcheck, golangci-lint, go mod tidy -diff
	@.ci/format.sh
	@.ci/lint.sh

test: ## the tests
	@.ci/each.sh go test ./...

race: ## the tests under the race detector, in random order
	@.ci/each.sh go test -race -shuffle=on ./...

fuzz: ## every fuzz target for FUZZTIME, a time or a number of inputs (50000x)
	@FUZZTIME=$(FUZZTIME) .ci/each.sh "$(CURDIR)/.ci/fuzz.sh"

chaos: ## storms by seed for CHAOS_TIME (10s), from CHAOS_FIRST; CHAOS_SEED plays one again
	@go test -count=1 -timeout=0 -run '^$(CHAOS_TEST)$$' ./internal/chaos -v \
		-chaos.time=$(CHAOS_TIME) -chaos.first=$(CHAOS_FIRST) -chaos.seed=$(CHAOS_SEED)

crash: ## media servers and NATS killed CRASH_ROUNDS times in each story, or in CRASH_VARIANT alone; CRASH_SEED repeats one
	@cd durable && go test -count=1 -timeout=0 -run '^TestStories$$' ./internal/crash -v \
		-crash.rounds=$(CRASH_ROUNDS) -crash.variant='$(CRASH_VARIANT)' -crash.seed=$(CRASH_SEED)

bench: ## the benchmarks that match BENCH, COUNT times (1), with allocations
	@.ci/each.sh go test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) ./...

peers: ## resthook beside its alternatives: tables and charts of bench/README.md
	@cd bench && go run . full -write README.md

nats-cluster: ## the NATS cluster of durable/cluster on the loopback, until Ctrl-C; NATS_STORE keeps what it stores
	@durable/cluster/start.sh

cover: ## coverage by function, in total; details in each module's cover.out
	@.ci/each.sh sh -c 'go test -coverpkg=./... -coverprofile=cover.out ./... && go tool cover -func=cover.out | tail -n 1'

vuln: tools ## known vulnerabilities in what the code calls; needs the Go vulnerability database
	@.ci/vuln.sh

licences: ## the modules that the library and each program are built from, with their licences
	@.ci/licences.sh

api: tools ## the exported API beside that of the last tag
	@.ci/api.sh

release: ## the commands of the last commit for five systems into dist, built twice and compared
	@.ci/release.sh

tools: ## install the pinned tools into .bin
	@.ci/tools.sh

backends: ## install php, Apache, Python, Express, Chromium, ffmpeg and Prometheus for the tests that use them
	@.ci/backends.sh

ci: ## everything that must hold before a change lands
	@.ci/run
