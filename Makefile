# Needs make, npm and any Node; `make init` downloads the rest into this directory.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# The Node that runs everything. Looked up each time, since it may have just been downloaded.
NODE = "$$(bin/find-node)"
# Puts the same Node first on the path, for programs that look for `node` themselves.
WITH_NODE = PATH="$$(dirname "$$(bin/find-node)"):$$PATH"
# Written by the last step of an installation, inside the directory that `npm ci` empties first.
INSTALLED = node_modules/.installed

##@ Run

.PHONY: run
run: init ## Run Sigil on http://localhost:8000, database included (reads .env; the environment takes precedence)
	@exec $(NODE) --max-semi-space-size=4 $(if $(wildcard .env),--env-file=.env) src/main.js dev

.PHONY: up
up: ## Start Sigil in a container, on http://localhost:8000
	docker compose up --detach --wait

.PHONY: down
down: ## Stop the container and keep its data
	docker compose down

##@ Work

.PHONY: init
init: ## Download Node 24 if the host has none, and install the packages
	@bin/alone $(MAKE) --no-print-directory installed

# Runs under the lock, so that it sees what a parallel make has already installed.
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
lint-apply: init ## Fix what can be fixed automatically
	@$(WITH_NODE) npm run --silent lint-apply

.PHONY: clean
clean: ## Remove what was downloaded and keep the data
	rm -rf node_modules .cache

.PHONY: pack
pack: init ## Build @sigil/verify as a package to `npm install` in your own server
	@rm -rf sdk/verify/dist
	@$(WITH_NODE) npm run --silent build --workspace @sigil/verify
	@$(WITH_NODE) npm pack --silent --workspace @sigil/verify

##@ Prove

.PHONY: sec
sec: init ## Check for known vulnerabilities, committed secrets and licences that are not permissive
	@$(WITH_NODE) .ci/audit
	@$(NODE) --test test/repository/tree.test.ts

.PHONY: bench
bench: init ## Benchmark against what the machine itself can do; fail if a limit is missed
	@$(NODE) bench/run.ts

.PHONY: prove
prove: init ## Check the models of the protocols (needs spin and gcc)
	@$(NODE) proofs/revocation/run.ts

.PHONY: mutations
mutations: init ## Remove each guard of a promise, one at a time, and check that its test fails
	@$(NODE) test/mutations/run.ts

.PHONY: faults
faults: init ## Break things under load and check that the promises hold
	@$(NODE) faults/run.ts

##@ Help

.PHONY: help
help: ## Print this
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
