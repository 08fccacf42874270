# `make` alone prints what there is. Every target does its own set-up.

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The BPF compiler of crates/kernel/build.rs: the newest installed clang from 14 on, unless CLANG says otherwise.
export CLANG ?= $(shell scripts/setup --clang)
CLANG_FORMAT ?= $(shell scripts/setup --clang-format)
BPF_SOURCES := $(wildcard bpf/*.c bpf/*.h)

# nextest runs each test as a process of its own and ends one that hangs; without it plain cargo test does.
HAVE_NEXTEST := $(shell command -v cargo-nextest)
RUN_TESTS := $(if $(HAVE_NEXTEST),cargo nextest run,cargo test)

# Not every Rust comes with them.
HAVE_RUSTFMT := $(shell cargo fmt --version 2>/dev/null)
HAVE_CLIPPY := $(shell cargo clippy --version 2>/dev/null)

# Live tests must not be skipped where they can run.
IS_ROOT := $(filter 0,$(shell id -u))
export REQUIRE_LIVE ?= $(if $(IS_ROOT),1,0)

.PHONY: help setup build demo test check lint fmt live differential bench kernels fuzz clean

help: ## this list
	@echo "syscope: every system call of a program, by name, without stopping it"
	@echo
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16
	@echo
	@echo "New here? 'make demo' builds and traces real programs; it needs root, as all tracing does."
	@echo "Changing code? 'make check' needs no root; add 'make live' after touching bpf/, kernel or wire."

setup: ## install what is missing to build and test (apt); quiet when nothing is
	@scripts/setup

build: setup ## release binary: target/release/syscope
	cargo build --release --bin syscope

demo: build ## build, then trace real programs: text, summary, JSON lines
	@scripts/demo target/release/syscope

test: setup ## all tests; as root the live ones too
ifeq ($(IS_ROOT),)
	@echo "not root: live tests are skipped (sudo make test runs them)"
endif
	cargo test --quiet --workspace --doc
	$(RUN_TESTS) --workspace

check: lint ## before every commit: format, lints, tests that need no root
	REQUIRE_LIVE=0 $(RUN_TESTS) --workspace

lint: setup ## format and lints only
ifneq ($(HAVE_RUSTFMT),)
	cargo fmt --all --check
else
	@echo "lint: rustfmt is missing: the format of Rust files was not checked (rustup component add rustfmt)"
endif
	$(CLANG_FORMAT) --dry-run -Werror $(BPF_SOURCES)
ifneq ($(HAVE_CLIPPY),)
	cargo clippy --quiet --workspace --all-targets -- -D warnings
else
	@echo "lint: clippy is missing: its lints were not run (rustup component add clippy)"
endif

fmt: setup ## format Rust and C
	cargo fmt --all
	$(CLANG_FORMAT) -i $(BPF_SOURCES)

live: setup ## tests that trace real programs (root)
	REQUIRE_LIVE=1 $(RUN_TESTS) --workspace --test 'live*'

differential: ## real programs under strace and under syscope (root); a report of what differs, and why
	@scripts/setup
	@scripts/setup --differential
	cargo build --bin syscope --bin syscope-differential -p syscope-cli -p syscope-differential
	target/debug/syscope-differential

bench: ## what tracing costs, beside strace, perf trace, bpftrace (root); BENCH=--docs puts the tables into the documents
	@scripts/setup --bench
	cargo build --release --bin syscope --bin syscope-bench -p syscope-cli -p syscope-bench
	target/release/syscope-bench $(BENCH)

.PHONY: scale
scale: setup ## 100,000 short processes: nothing is lost and nothing is left behind (root; minutes)
	SYSCOPE_SCALE=100000 REQUIRE_LIVE=1 cargo test -p syscope-cli --test live scale::

kernels: ## the self-test on older kernels, each booted by QEMU (half an hour, no root)
	@scripts/setup --kernels
	cargo build --release --bin syscope
	scripts/kernels target/release/syscope

fuzz: setup ## any bytes into decoder, printers and filters, each target for FUZZ_SECONDS (60)
	@scripts/fuzz $(FUZZ_TARGETS)

clean: ## remove everything that was built
	cargo clean
