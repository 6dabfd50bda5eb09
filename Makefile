# Developer targets. `make help` lists them. Only Go and make are needed unless a
# target says otherwise.

GO ?= go
BIN := bin
GOTESTSUM := $(GO) run gotest.tools/gotestsum@v1.13.0
MAVEN_DEPENDENCY := org.apache.maven.plugins:maven-dependency-plugin:3.6.1
GOLANGCI := $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
# Update it regularly. `go list -m golang.org/x/vulndb@latest` prints the newest version.
VULNDB_VERSION := v0.0.0-20261105234957-e22db6528018
# Go's default, 10 minutes per package, is too short for a slow machine.
TIMEOUT := -timeout 30m
FUZZTIME ?= 10000x
BENCHTIME ?= 7x
COVER_MIN ?= 85
# Separate modules, so that importers of the SDK do not depend on their requirements.
MODULES := conformance/adapters/gocore conformance/adapters/golegacy conformance/adapters/gobench conformance/flows server/internal/explorer/e2e
# The pattern ./... skips directories that begin with a dot.
CHECKERS := ./.ci/vulncheck ./.ci/api

comma := ,
# Prefix of a build command: announces the build if it takes more than a few seconds.
building = sh .ci/announce.sh 'building $(1) in $(BIN)/; the first time takes minutes, later seconds'

.DEFAULT_GOAL := help
.PHONY: help build demo test race cover fuzz bench lint lint-spec vuln api generate check-generate \
	conformance report-check mutants thirdparty others adapters interop flows java e2e clean

help: ## List the targets.
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

build: ## Build the commands into bin/.
	@$(call building,esacert$(comma) esacertd and esaconform) $(GO) build -o $(BIN)/ ./client/cmd/esacert ./server/cmd/esacertd ./conformance/cmd/esaconform

demo: build ## Start the server, request certificates, show an error, verify an issued certificate.
	@sh server/cmd/esacertd/demo.sh $(BIN)

test: ## Run all tests that need only Go.
	@$(GOTESTSUM) --format pkgname-and-test-fails --hide-summary=skipped -- $(TIMEOUT) ./... $(CHECKERS)

# Excludes the package that runs many orders concurrently against Pebble, which has
# data races of its own. `make test` runs it.
race: ## Run the tests under the race detector (needs a C compiler).
	@$(GOTESTSUM) --format pkgname-and-test-fails -- -race -short $(TIMEOUT) $$($(GO) list ./... | grep -v /internal/endtoend)

cover: ## Measure the coverage of hand-written code; fail below COVER_MIN percent.
	@$(GO) test $(TIMEOUT) -coverpkg=./client/...,./server/...,./spec/... -coverprofile=coverage.out ./client/... ./server/... ./spec/... >coverage.log || { cat coverage.log; exit 1; }
	@$(GO) tool cover -func coverage.out | awk -v min=$(COVER_MIN) '/^total:/ { print "coverage:", $$3, "of hand-written code; at least", min "% required"; exit $$3 + 0 < min }'

fuzz: ## Run every fuzz target for FUZZTIME (10000x runs, or a duration like 10m).
	@sh .ci/fuzz.sh $(FUZZTIME)

bench: ## Measure speed as ratios within one run; BENCHTIME sets the rounds.
	@$(GO) test -run '^$$' -bench . -benchtime $(BENCHTIME) $(TIMEOUT) ./server/internal/bench
	@$(GO) -C conformance/adapters/gobench run .

lint: ## Run gofmt, vet and golangci-lint.
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -d $$(git ls-files '*.go'); exit 1; }
	@$(GO) vet ./... $(CHECKERS)
	@$(GO) vet -tags interop ./conformance/...
	@$(GO) vet -tags e2e ./server/internal/explorer/...
	@for module in $(MODULES); do $(GO) -C $$module vet ./... || exit 1; done
	@$(GOLANGCI) run --allow-parallel-runners --build-tags interop,e2e ./... $(CHECKERS)

lint-spec: ## Check the contract with Redocly and Spectral (needs Node.js and npm).
	@command -v npm >/dev/null || { echo 'make lint-spec needs Node.js with npm, which is not installed' >&2; exit 1; }
	@cd spec/lint && npm ci --no-progress --loglevel=error && npm run --silent lint

vuln: ## Check for known vulnerabilities (offline once the modules are downloaded).
	@GO='$(GO)' GOVULNCHECK=$(GOVULNCHECK) VULNDB_VERSION=$(VULNDB_VERSION) sh .ci/vuln.sh $(BIN) $(MODULES)

api: ## Print the public API and count its names.
	@$(GO) run ./.ci/api

generate: ## Regenerate gen/ from the contract.
	@$(GO) generate ./...

check-generate: ## Check that gen/ is up to date with the contract.
	@sh .ci/check-generate.sh

conformance: ## Run every case of the suite against our server and SDK.
	@$(call building,esaconform$(comma) gosdk and esacertd) $(GO) build -o $(BIN)/ ./conformance/cmd/esaconform ./conformance/adapters/gosdk ./server/cmd/esacertd
	@sh .ci/conformance.sh $(BIN)

report-check: ## Test the HTML report in headless Chromium (needs Chromium).
	@command -v chromium >/dev/null || { echo 'make report-check needs Chromium, which is not installed (Debian: apt-get install chromium)' >&2; exit 1; }
	@$(GO) test -tags chromium -count 1 $(TIMEOUT) ./conformance/internal/report

mutants: ## Check that each deliberate defect in the server and the SDK fails its case.
	@$(GO) test -tags mutants -count 1 -v -run TestEveryMutantIsKilled $(TIMEOUT) ./conformance/internal/mutants

thirdparty: ## Run the suite against Prism, a third-party mock server (needs Node.js and npm).
	@command -v node >/dev/null && command -v npm >/dev/null || { echo 'make thirdparty needs Node.js with npm, which are not installed' >&2; exit 1; }
	@$(call building,esaconform) $(GO) build -o $(BIN)/ ./conformance/cmd/esaconform
	@sh .ci/thirdparty.sh $(BIN)

others: thirdparty
	@echo 'make others is deprecated; use make thirdparty' >&2

adapters: ## Install the vendor's clients for their adapters (needs Node.js, npm, Python 3.11 with venv).
	@command -v node >/dev/null && command -v npm >/dev/null || { echo 'make adapters needs Node.js with npm, which are not installed' >&2; exit 1; }
	@python3 -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' || { echo 'make adapters needs Python 3.11 or later with venv, which is not installed' >&2; exit 1; }
	@cd conformance/adapters/node && npm ci --no-progress --loglevel=error
	@test -x $(BIN)/venv/bin/pip || python3 -m venv $(BIN)/venv
	@$(BIN)/venv/bin/pip install -q --disable-pip-version-check --require-hashes -r conformance/adapters/python/requirements-build.txt
	@$(BIN)/venv/bin/pip install -q --disable-pip-version-check --require-hashes --no-build-isolation -r conformance/adapters/python/requirements.txt
	@mkdir -p $(BIN)/adapters
	@$(call building,the adapter gosdk) $(GO) build -o $(BIN)/adapters/gosdk ./conformance/adapters/gosdk
	@$(call building,the adapter gocore) $(GO) -C conformance/adapters/gocore build -o $(CURDIR)/$(BIN)/adapters/gocore .
	@$(call building,the adapter golegacy) $(GO) -C conformance/adapters/golegacy build -o $(CURDIR)/$(BIN)/adapters/golegacy .

interop: adapters ## Run the vendor's SDKs against our server and the suite (needs Node.js, npm, Python).
	@cd conformance/adapters/node && node --test --test-reporter=dot
	@cd conformance/adapters/python && $(CURDIR)/$(BIN)/venv/bin/python -B -m unittest -q
	@for module in gocore golegacy; do $(GO) -C conformance/adapters/$$module test ./... || exit 1; done
	@ESACERT_INTEROP_REPORT=$(CURDIR)/$(BIN)/interop.txt $(GO) test -tags interop -count 1 $(TIMEOUT) ./conformance/internal/clientrunner/live
	@cat $(BIN)/interop.txt
	@$(GO) run ./conformance/cmd/esaconform client --adapters conformance/adapters/clients.yaml \
		--report html=$(BIN)/interop.html --report json=$(BIN)/interop.json

flows: adapters ## Run the flows of real programs against our server (needs Node.js, npm, Python).
	@$(GO) -C conformance/flows test -count 1 $(TIMEOUT) ./...

java: ## Test the vendor's Java core against the suite (needs JDK 17 or later and Maven).
	@command -v javac >/dev/null && command -v mvn >/dev/null || { echo 'make java needs a JDK and Maven, which are not installed (Debian: apt-get install default-jdk-headless maven)' >&2; exit 1; }
	@mvn -q -B -f conformance/adapters/java/pom.xml $(MAVEN_DEPENDENCY):copy-dependencies -DoutputDirectory=$(CURDIR)/$(BIN)/adapters/java/lib
	@javac -Xlint:all -Werror -d $(BIN)/adapters/java/classes -cp '$(BIN)/adapters/java/lib/*' conformance/adapters/java/src/main/java/*.java
	@$(GO) run ./conformance/cmd/esaconform client --adapters conformance/adapters/java/clients.yaml

e2e: adapters ## Test the explorer in headless Chromium and run its samples (needs Chromium, bash, curl, and what adapters need).
	@for tool in chromium bash curl; do command -v $$tool >/dev/null || { echo "make e2e needs $$tool, which is not installed (Debian: apt-get install $$tool)" >&2; exit 1; }; done
	@node --test --test-reporter=dot server/internal/explorer/pagetest/*.test.js
	@cd server/internal/explorer/e2e && npm ci --no-progress --loglevel=error
	@$(GO) -C server/internal/explorer/e2e test -count 1 $(TIMEOUT) -v . >$(BIN)/e2e.log 2>&1 || { grep -vE '^(=== |ok )' $(BIN)/e2e.log; exit 1; }
	@grep -E '^(--- PASS|ok )|first contentful paint' $(BIN)/e2e.log
	@$(GO) test -tags e2e -count 1 $(TIMEOUT) ./server/internal/explorer/samplestest
	@$(GO) test -count 1 -v -run TestEmbedded ./server/internal/explorer >$(BIN)/embedded.log 2>&1 || { cat $(BIN)/embedded.log; exit 1; }
	@grep -E 'files, [0-9]+ bytes' $(BIN)/embedded.log
	@echo 'screenshots: $(BIN)/explorer'

clean: ## Remove build output.
	@rm -rf $(BIN) coverage.out coverage.log
