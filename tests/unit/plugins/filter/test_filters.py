# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters as a playbook uses them, and their documentation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.doc_fragments.operator_facts import ModuleDocFragment
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator import facts as known_facts

REPOSITORY = Path(__file__).parents[4]
FILTERS = sorted(path.stem for path in (REPOSITORY / "plugins" / "filter").glob("[a-z]*.py"))
PLUGINS = "ansible_collections.gpuops.aks.plugins.filter"
ANSIBLE_PLAYBOOK = str(Path(sys.executable).with_name("ansible-playbook"))


def examples(name: str) -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = yaml.safe_load(import_module(f"{PLUGINS}.{name}").EXAMPLES)
    return tasks


def played(directory: Path, tasks: list[dict[str, Any]]) -> subprocess.CompletedProcess[str]:
    """A playbook with these tasks, as a user of the collection runs it, with its results as JSON."""
    playbook = directory / "playbook.yml"
    playbook.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY / "collections"),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "HOME": str(directory),
    }
    return subprocess.run([ANSIBLE_PLAYBOOK, str(playbook)], cwd=directory, env=environment, capture_output=True, text=True, check=False)


def test_documented_examples_run_and_write_usable_values(tmp_path: Path) -> None:
    tasks = [task for name in FILTERS for task in examples(name)]
    run = played(tmp_path, tasks)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "WARNING" not in run.stdout + run.stderr
    operator, aks = (yaml.safe_load(path.read_text()) for path in sorted(tmp_path.glob("gpu-operator-values*.yaml"), reverse=True))
    assert (operator["driver"]["enabled"], aks["driver"]["enabled"]) == (True, False)
    assert operator["toolkit"]["env"] == [{"name": "RUNTIME_CONFIG_SOURCE", "value": "file"}]
    assert aks["operator"]["resources"] == {"limits": {"memory": "1Gi"}}
    assert aks["dcgmExporter"]["annotations"] == {"prometheus.io/scrape": "true"}
    assert aks["operator"]["repository"] == "myregistry.azurecr.io/nvidia"
    assert [each["key"] for each in aks["daemonsets"]["tolerations"]] == ["nvidia.com/gpu", "sku", "kubernetes.azure.com/scalesetpriority"]


def test_facts_may_come_from_templates(tmp_path: Path) -> None:
    task = {
        "name": "Values from variables",
        "ansible.builtin.assert": {
            "that": [
                "(facts | gpuops.aks.gpu_operator_values).driver.enabled",
                "(facts | gpuops.aks.gpu_operator_values).daemonsets.tolerations | length == 2",
                "'driver.enabled' in (facts | gpuops.aks.gpu_operator_value_reasons)",
            ]
        },
        "vars": {
            "taints": ["sku=gpu:NoSchedule"],
            "version": "1.36.2",
            "facts": {"node_taints": "{{ taints }}", "kubernetes_version": "{{ version }}", "dcgm_exporter": "{{ true and true }}"},
        },
    }
    run = played(tmp_path, [task])
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("name", FILTERS)
def test_refusal_has_code_cause_and_remedy_and_no_traceback(tmp_path: Path, name: str) -> None:
    facts = {"driver": "aks", "values": {"driver": {"enabled": True}}}
    run = played(tmp_path, [{"ansible.builtin.debug": {"msg": f"{{{{ facts | gpuops.aks.{name} }}}}"}, "vars": {"facts": facts}}])
    printed = run.stdout + run.stderr
    assert run.returncode == 2
    assert "Traceback" not in printed
    for part in ("ContradictingOptions", "driver.enabled", "driver: operator"):  # since 2.19, ansible-core also names the filter
        assert part in printed


@pytest.mark.parametrize("name", FILTERS)
def test_filter_is_documented(name: str) -> None:
    module = import_module(f"{PLUGINS}.{name}")
    documentation = yaml.safe_load(module.DOCUMENTATION)
    assert documentation["name"] == name
    assert "gpuops.aks.operator_facts" in documentation["extends_documentation_fragment"]
    assert "_value" in yaml.safe_load(module.RETURN)
    assert list(module.FilterModule().filters()) == [name]
    assert examples(name)


def test_documentation_has_every_fact_in_its_type() -> None:
    (given,) = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"].values()
    documented = {name: option["type"] for name, option in given["suboptions"].items()}
    assert documented == {name: kind.__name__ for name, kind in {**known_facts.CLUSTER_FACTS, **known_facts.POOL_FACTS}.items()}
    assert given["suboptions"]["driver"]["choices"] == [known_facts.OPERATOR, known_facts.AKS]
    assert given["suboptions"]["mig_strategy"]["choices"] == list(known_facts.MIG_STRATEGIES)
