# Needs make, npm and any version of Node: `make init` fetches the rest into this folder.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# The Node that runs everything. Evaluated on each use, because `make init` may just have fetched it.
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
init: ## Install dependencies: Node 24 if the host does not have it, and the packages
	@bin/alone $(MAKE) --no-print-directory installed

# Run under the lock of bin/alone, so that two calls of make at once do not install twice.
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
test: init ## Run the tests, except the long ones
	@$(WITH_NODE) npm test --silent

.PHONY: test-long
test-long: init ## Run the long tests (*.long.test.ts), one at a time; leave the machine to them
	@$(WITH_NODE) npm test --silent -- --long

.PHONY: lint
lint: init ## Check style and types
	@$(WITH_NODE) npm run --silent lint
	@$(WITH_NODE) npm run --silent types

.PHONY: lint-apply
lint-apply: init ## Fix style automatically
	@$(WITH_NODE) npm run --silent lint-apply

.PHONY: clean
clean: ## Remove everything that was fetched; data stays
	rm -rf node_modules .cache

.PHONY: pack
pack: init ## Build the packages @sigil/server, @sigil/verify and @sigil/client, for `npm install`
	@rm -rf sdk/verify/dist sdk/client/dist
	@$(WITH_NODE) npm run --silent build --workspace @sigil/verify --workspace @sigil/client
	@$(NODE) --disable-warning=ExperimentalWarning deploy/npm/build.ts
	@$(WITH_NODE) npm pack --silent --workspace @sigil/verify --workspace @sigil/client
	@$(WITH_NODE) npm pack --silent ./.cache/npm/server

.PHONY: screenshots
screenshots: init ## Write a picture of every page to .cache/screenshots; only="WORD…" selects (needs chromium)
	@$(NODE) test/browser/screenshots.ts $(only)

.PHONY: docs
docs: init ## Write the documentation as a static site to .cache/site
	@$(NODE) docs/site/build.ts
	@echo "Open .cache/site/index.html, or serve the folder; searching needs a server."

##@ Prove

.PHONY: sec
sec: init ## Check for known vulnerabilities, secrets in the tree and licences that are not permissive
	@$(WITH_NODE) .ci/audit
	@$(NODE) --test test/repository/tree.test.ts

.PHONY: bench
bench: init ## Run the benchmarks; fails if a promised ratio is missed
	@$(NODE) bench/run.ts

.PHONY: prove
prove: init ## Check the models of the protocols (needs spin and gcc)
	@$(NODE) proofs/run.ts

.PHONY: mutations
mutations: init ## Remove each guard of a promise once and check that a test fails
	@$(NODE) test/run.ts test/mutations/mutations.long.test.ts

.PHONY: faults
faults: init ## Inject faults under load and check the promises
	@$(NODE) faults/run.ts

##@ Help

.PHONY: help
help: ## Print this help
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
