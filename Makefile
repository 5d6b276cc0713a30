# Everyday commands. `make` alone says what there is.

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench fixtures

help: ## what there is
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: ## a small archive with a few deposits, to click around in (a dev build: its dependencies are optimised)
	cargo run --locked -- demo

test: ## everything that must hold: format, lints, tests on SQLite and PostgreSQL, documentation
	@bash tests/run.sh

lint: ## format and lints only
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps

bench: ## the budget of the design, measured, beside this machine's own figures
	cargo bench --locked
	cargo run --locked --release -- bench

fixtures: ## writes the fixture packages again
	python3 fixtures/generate.py
