# Needs make, npm and any Node: `make init` fetches the rest into this folder.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# The Node that runs everything, looked up each time because `make init` may have just fetched it.
NODE = "$$(bin/find-node)"
# The same Node first on the PATH, for programs that run `node` themselves.
WITH_NODE = PATH="$$(dirname "$$(bin/find-node)"):$$PATH"
# Written by the last step of an installation, in the folder that `npm ci` empties first.
INSTALLED = node_modules/.installed

##@ Run

.PHONY: run
run: init ## Run Sigil on http://localhost:8000, database included (reads .env; the environment wins)
	@exec $(NODE) --max-semi-space-size=4 $(if $(wildcard .env),--env-file=.env) src/main.js dev

.PHONY: up
up: ## Start Sigil in a container, on http://localhost:8000
	docker compose up --detach --wait

.PHONY: down
down: ## Stop the container and keep its data
	docker compose down

##@ Develop

.PHONY: init
init: ## Install the packages, and Node 24 where the host has none
	@bin/alone $(MAKE) --no-print-directory installed

# Evaluated under the lock of bin/alone, so that two installations do not repeat each other's work.
.PHONY: installed
installed: node $(INSTALLED)
	@:

.PHONY: node
node:
	@bin/find-node >/dev/null 2>&1 || bin/fetch-node

$(INSTALLED): package-lock.json package.json | node
	@echo "Installing the packages ..."
	@$(WITH_NODE) npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

.PHONY: test
test: init ## Run the tests
	@$(WITH_NODE) npm test --silent

.PHONY: lint
lint: init ## Check style and types
	@$(WITH_NODE) npm run --silent lint
	@$(WITH_NODE) npm run --silent types

.PHONY: lint-apply
lint-apply: init ## Fix style problems automatically
	@$(WITH_NODE) npm run --silent lint-apply

.PHONY: clean
clean: ## Remove downloads and packages; data stays
	rm -rf node_modules .cache

.PHONY: pack
pack: init ## Build @sigil/verify as a package, to install in your own server
	@rm -rf sdk/verify/dist
	@$(WITH_NODE) npm run --silent build --workspace @sigil/verify
	@$(WITH_NODE) npm pack --silent --workspace @sigil/verify

##@ Verify

.PHONY: sec
sec: init ## Check for known vulnerabilities, committed secrets and non-permissive licences
	@$(WITH_NODE) .ci/audit
	@$(NODE) --test test/repository/tree.test.ts

.PHONY: bench
bench: init ## Run the benchmarks against the limits of the machine, and fail on a missed target
	@$(NODE) bench/run.ts

.PHONY: prove
prove: init ## Model-check the protocols (needs spin and gcc)
	@$(NODE) proofs/revocation/run.ts

.PHONY: mutations
mutations: init ## Remove each guard in turn, and check that its test fails
	@$(NODE) test/mutations/run.ts

.PHONY: faults
faults: init ## Inject faults under load and check the guarantees
	@$(NODE) faults/run.ts

##@ Help

.PHONY: help
help: ## Show this help
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
