# Every target does what its line in `make help` says and nothing else. Work is in .ci/, one script a target,
# so that each can be read and run alone.

# Extra words for the program that a target runs, e.g. make play ARGS="games/pong --frames 60"
ARGS ?=
# Where LuaJIT-test-cleanup is checked out (see docs/conformance.md).
DIR ?=
# How long a long run may take, and which inputs it begins with.
SECONDS ?= 60
SEED ?= 1

.PHONY: help deps deps-test deps-platforms build play test bench collector libraries games-real matrix conformance mutants fuzz check-platforms ci

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

deps: ## install what building and playing needs (Debian packages)
	@.ci/deps play

deps-test: deps ## install what the tests need: peer programs and a virtual display
	@.ci/deps test

deps-platforms: ## install the standard library's source for check-platforms
	@.ci/deps platforms

build: deps ## release build of rlove and rlua
	cargo build --release --workspace

play: deps ## play a demo (ARGS="games/pong" picks another); without a display: a screenshot
	@.ci/play $(ARGS)

test: deps-test ## every test of the workspace, one profile, one target folder
	cargo test --workspace

bench: deps-test ## Lua programs beside lua5.4, luajit -joff and luajit; writes benches/RESULTS.md
	@.ci/bench $(ARGS)

matrix: deps ## the Lua suite in every mode (collections, moving stacks, interrupts everywhere), both interpreter drivers
	@.ci/matrix

libraries: ## DIR=... the specs of other people's libraries under rlua (docs/libraries.md)
	@.ci/libraries "$(DIR)"

games-real: deps-test ## other people's games, unchanged, beside LÖVE (ARGS="mari0 suit" picks some): fetches them, see docs/real-games.md
	@.ci/games-real $(ARGS)

collector: deps-test ## the collector's figures beside luajit's: bytes, peak, times, pauses of frames
	@.ci/collector

conformance: deps-test ## DIR=... LuaJIT-test-cleanup under luajit and under rlua, differences listed
	@.ci/conformance "$(DIR)"

check-platforms: deps-platforms ## type-check vm, ffi and jit for Windows, macOS and Linux on ARM
	@.ci/check-platforms

ci: ## what continuous integration runs
	@.ci/run

mutants: deps ## deliberate faults in the trace compiler's passes: each must make some test fail
	cargo run -p rlove-jit --example mutants -- $(ARGS)

fuzz: deps ## fuzz parser, bytecode loader, patterns, formats, buffers for SECONDS (SEED chooses the inputs)
	cargo run --release -p rlove-jit --example fuzz -- --seconds $(SECONDS) --seed $(SEED)
