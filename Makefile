# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every target does its own set-up: the venv at first use or when requirements change, the lab's binary when its sources change.
# The distribution's Python, if it will do: it is built with profile-guided optimization, and others mostly are not. With Debian's, playbooks
# take a sixth less processor time than with pyenv's Python of the same version.
PYTHON ?= $(shell /usr/bin/python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo /usr/bin/python3 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Which benchmarks: task, readiness, chain, fleet, clusters, facts; all of them when empty.
BENCH ?=
# Which supported versions to try: ansible-core/Python as README.md lists them, oldest, newest; all of them when empty.
VERSIONS ?=
# How many files of integration tests at once, each worker with a lab of its own: they wait about as much as they compute.
WORKERS ?= 4
# The clients of tests/conformance, and the benchmarks' peers, pin Azure SDKs of their own, each another set.
AZ_READY := .venv-conformance/.ready
AZCOLLECTION_READY := .venv-azcollection/.ready
PLUGINS := ansible_collections.gpuops.aks.plugins
# $(call install,VENV,WHAT): with uv, which is much faster, or with pip where only pip knows the index to use.
install = $(1)/bin/pip install --quiet --disable-pip-version-check $(shell sed -n 's/^\(uv==[0-9.]*\).*/\1/p' requirements-dev.txt) && { \
	VIRTUAL_ENV=$(1) $(1)/bin/uv pip install --quiet --native-tls $(2) || $(1)/bin/pip install --quiet --disable-pip-version-check $(2); }

# uv installs without bytecode: where it may not be written either, each process compiles Ansible and the Azure SDK anew, which doubles
# the processor time of a playbook.
unexport PYTHONDONTWRITEBYTECODE
# Nor does Ansible keep any of modules and collections: these would compile it anew in thousands of processes.
integration molecule: export PYTHONPATH := $(CURDIR)/tests/bytecode
export PATH := $(CURDIR)/$(BIN):$(PATH)
export ANSIBLE_NOCOWS := 1

.PHONY: help demo test lint unit sanity integration molecule versions release docs pages proof-kernels fuzz bench lab-up lab-down lab-binary conformance clean
.DEFAULT_GOAL := help

help:  ## Say what there is to make.
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

$(READY): requirements.txt requirements-dev.txt tests/unit/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(call install,$(VENV),-r requirements-dev.txt)
	@touch $(READY)

lab-binary: $(READY)  ## Build the lab's Kubernetes, once for a set of pinned modules.
	@$(BIN)/python -m tests.lab.build >/dev/null

demo: lab-binary  ## Run the whole chain against a lab of its own (GPU_PATH=managed, gpu_operator or dedicated_vhd, GPU_FORM=2020, GPU_METRICS=auto).
	@$(BIN)/python -m tests.demo

# Two at a time: the integration tests, which take longest, and beside them the others, one after another.
test: lab-binary  ## Every check of the project.
	@$(MAKE) --jobs=2 --output-sync=target integration lint sanity molecule unit docs

lint: $(READY)  ## Style, types, layers, playbooks, documentation, Galaxy's import.
	ruff check .
	ruff format --check .
	MYPYPATH=collections mypy -p $(PLUGINS)
	MYPYPATH=collections mypy tests/lab tests/benchmarks tests/conformance tests/demo.py tests/versions.py tests/galaxy_import.py tests/release.py tests/proof_kernels.py tests/bytecode/sitecustomize.py
	PYTHONPATH=collections lint-imports
	ansible-lint
	antsibull-changelog lint
	ansible-builder create --file execution-environment.yml --context build/execution-environment --verbosity 1
	check-jsonschema --builtin-schema vendor.github-issue-forms $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	check-jsonschema --builtin-schema vendor.github-workflows $(wildcard .github/workflows/*.yml)
	check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/python -m tests.collection_copy antsibull-docs lint-collection-docs --plugin-docs --skip-rstcheck .
	python -m tests.release --dry-run >/dev/null

unit: $(READY)  ## The fast tests: no network; the GPU proof also on a real GPU where there is one.
	pytest tests/unit tests/gpu

proof-kernels: $(READY)  ## Compile the kernels of the GPU proof to PTX anew; needs no GPU.
	@$(BIN)/python -m tests.proof_kernels

pages: $(READY)  ## Write the generated pages of docs/ and AWX's surveys anew, from the source, the schema, the roles, the conformance rows and the unit tests' fixtures.
	@PYTHONPATH=collections:. $(BIN)/python -m tests.unit.plugins.pages.finding_page
	@PYTHONPATH=collections:. $(BIN)/python -m tests.unit.plugins.pages.fault_page
	@PYTHONPATH=collections:. $(BIN)/python -m tests.unit.plugins.pages.preflight_page
	@PYTHONPATH=collections:. $(BIN)/python -m tests.unit.plugins.pages.error_page
	@PYTHONPATH=collections:. $(BIN)/python -m tests.unit.plugins.pages.report_page
	@PYTHONPATH=collections:. $(BIN)/python -m tests.unit.plugins.pages.awx_surveys
	@PYTHONPATH=collections:. $(BIN)/python -m tests.unit.plugins.pages.az_page

sanity: $(READY)  ## ansible-test's own checks, on a copy in the place that it wants.
	@$(BIN)/python -m tests.collection_copy --sanity ansible-test sanity --venv --python $$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')

integration: $(READY)  ## What crosses a process: modules, playbooks and lab on a real control plane.
	@$(BIN)/python -m tests.lab.build >/dev/null  # here and no prerequisite, which would let make test begin with something shorter
	pytest tests/integration --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder

molecule: lab-binary  ## The molecule scenarios, on labs of their own.
	@$(BIN)/python -m tests.in_lab build/molecule --speed 240 -- molecule test --all --exclude dedicated_vhd
	@$(BIN)/python -m tests.in_lab build/molecule-2021 --era 2021 --speed 240 -- molecule test --scenario-name dedicated_vhd

versions: $(READY)  ## Galaxy's import, sanity and unit tests on each supported ansible-core and Python, the chain on both ends (VERSIONS="2.18/3.11 oldest").
	@$(BIN)/python -m tests.versions $(VERSIONS)

release: $(READY)  ## The files of a release, into build/release: artifact, SBOM, checksums. Publishes nothing (DRY_RUN=1: of any state).
	@$(BIN)/python -m tests.release $(if $(DRY_RUN),--dry-run)

fuzz: $(READY)  ## Odd parameters, answers and kubeconfigs by the thousand (FUZZ_SEED=1 FUZZ_COUNT=1000); prints the seed of a mistake.
	@PYTHONPATH=collections:. $(BIN)/python -m tests.fuzz $(if $(FUZZ_SEED),--seed $(FUZZ_SEED)) $(if $(FUZZ_COUNT),--count $(FUZZ_COUNT))

docs: $(READY)  ## The documentation of modules and roles as a website, build/docs/index.html; warnings fail.
	@rm -rf build/docs build/docs-source && mkdir -p -m 755 build/docs-source
	@ANSIBLE_COLLECTIONS_PATH=collections antsibull-docs collection --use-current --squash-hierarchy --cleanup everything --fail-on-error \
	  --no-add-antsibull-docs-version --dest-dir build/docs-source gpuops.aks
	@sphinx-build --fail-on-warning --keep-going --quiet --conf-dir docs/docsite build/docs-source build/docs
	@echo "build/docs/index.html"

$(AZ_READY): tests/conformance/requirements.txt
	$(PYTHON) -m venv .venv-conformance
	$(call install,.venv-conformance,-r tests/conformance/requirements.txt)
	@touch $(AZ_READY)

$(AZCOLLECTION_READY): tests/conformance/requirements-azcollection.txt
	$(PYTHON) -m venv .venv-azcollection
	$(call install,.venv-azcollection,-r tests/conformance/requirements-azcollection.txt)
	$(call install,.venv-azcollection,-r $$(.venv-azcollection/bin/python -c \
	  'from ansible_collections.azure import azcollection; print(*azcollection.__path__)')/requirements.txt)
	@touch $(AZCOLLECTION_READY)

conformance: lab-binary $(AZ_READY) $(AZCOLLECTION_READY)  ## Azure's own clients against the lab, ours beside the Azure CLI; writes docs/conformance.md.
	@PYTHONPATH=collections $(BIN)/python -m tests.conformance $(PART)

bench: lab-binary $(AZ_READY) $(AZCOLLECTION_READY)  ## Measure beside what others would use (BENCH=task); writes build/bench/*.json.
	@PYTHONPATH=collections $(BIN)/python -m tests.benchmarks $(BENCH)

lab-up: lab-binary  ## Bring a lab up to play with (LAB_ARGS="--era 2021"); then: . build/lab/env
	@$(BIN)/python -m tests.lab up $(LAB_ARGS)

lab-down: $(READY)  ## Take it down.
	@$(BIN)/python -m tests.lab down

clean: lab-down  ## Remove everything that was made here; the lab's binary stays in its cache.
	rm -rf build $(VENV) .venv-conformance .venv-azcollection
