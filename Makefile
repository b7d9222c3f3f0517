# `make` prints this help. Everything runs in .venv, which the targets make themselves.
# Settings can be given behind a target: make demo SCF_PORT=8010

.DEFAULT_GOAL := help
.PHONY: help setup demo reset test check messages vectors bench chaos

PYTHON := .venv/bin/python

help: ## print this help
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make .venv and install the pinned requirements (once)
	@scripts/setup requirements.txt
	@$(PYTHON) scripts/messages.py compile

demo: setup ## run the whole product on this machine; Ctrl-C stops it (SCF_PORT, SCF_BANK_PORT, SCF_HOST)
	@exec $(PYTHON) manage.py demo

reset: setup ## stop a running demo and remove its data
	@$(PYTHON) manage.py demo --reset

test: ## run every test on real engines and a real browser (ARGS="tests/unit -k money" for some)
	@scripts/test $(ARGS)

check: ## lint, types, layers, migrations, translations, deployment settings, budgets
	@scripts/check

messages: setup ## print what the Chinese translation still lacks, ready to be filled in
	@$(PYTHON) scripts/messages.py missing

vectors: setup ## how published loan cases come out here: passed, failed, not applicable by profile, and why
	@$(PYTHON) scripts/vectors.py $(ARGS)

bench: ## what the product costs beside bare baselines, into docs/benchmarks.md (ARGS="folding pdf" BENCH_LOANS=100000)
	@scripts/setup requirements-dev.txt
	@$(PYTHON) scripts/messages.py compile
	@$(PYTHON) -m bench $(ARGS)

chaos: ## cases paid and repaid while processes are killed and the bank misbehaves; prints the tally (SEED=1 CASES=1000 MINUTES=10)
	@scripts/setup requirements-dev.txt
	@$(PYTHON) -m tests.chaos
