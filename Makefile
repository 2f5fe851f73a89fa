# Needs make, npm and any Node: `make init` fetches the rest into this folder.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# The Node that runs everything, found anew each time: it may have been fetched a moment ago.
NODE = "$$(bin/find-node)"
# The same Node first on the path, for programs that look for `node` themselves.
WITH_NODE = PATH="$$(dirname "$$(bin/find-node)"):$$PATH"
# Written by the last step of an installation, inside the folder that `npm ci` empties first.
INSTALLED = node_modules/.installed

##@ Run

.PHONY: run
run: init ## Run Sigil on http://localhost:8000, database included (reads .env; the environment wins)
	@exec $(NODE) --max-semi-space-size=4 $(if $(wildcard .env),--env-file=.env) src/main.js dev

.PHONY: up
up: ## Start Sigil in a container, on http://localhost:8000
	docker compose up --detach --wait

.PHONY: down
down: ## Stop the container; its data stays
	docker compose down

##@ Work

.PHONY: init
init: ## Fetch all that is needed: Node 24 where the host has none, and the packages
	@bin/alone $(MAKE) --no-print-directory installed

# What is still to be done is looked at when nobody else does it any more.
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
lint-apply: init ## Mend what can be mended of the style
	@$(WITH_NODE) npm run --silent lint-apply

.PHONY: clean
clean: ## Remove what was fetched; data stays
	rm -rf node_modules .cache

.PHONY: pack
pack: init ## Build @sigil/verify as a package, for `npm install` in your own server
	@rm -rf sdk/verify/dist
	@$(WITH_NODE) npm run --silent build --workspace @sigil/verify
	@$(WITH_NODE) npm pack --silent --workspace @sigil/verify

##@ Prove

.PHONY: sec
sec: init ## Look for known vulnerabilities, secrets in the tree and licences that are not permissive
	@$(WITH_NODE) .ci/audit
	@$(NODE) --test test/repository/tree.test.ts

.PHONY: bench
bench: init ## Measure beside what the machine itself can do, and fail where a promise is missed
	@$(NODE) bench/run.ts

.PHONY: prove
prove: init ## Check the models of the protocols (needs spin and gcc)
	@$(NODE) proofs/revocation/run.ts

.PHONY: mutations
mutations: init ## Take out each guard that keeps a promise, and see the test that watches it fail
	@$(NODE) test/mutations/run.ts

.PHONY: faults
faults: init ## Break things under load and watch the promises hold
	@$(NODE) faults/run.ts

##@ Help

.PHONY: help
help: ## Print this
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
