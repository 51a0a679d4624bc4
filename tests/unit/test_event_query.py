# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# extensions/audit/event_query.yml, run as the controller of Automation Platform runs it: jq on the result of a task.

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

jq = pytest.importorskip("jq", reason="an older environment has no jq: touch requirements-dev.txt, and run make again")

QUERIES = yaml.safe_load((Path(__file__).parents[2] / "extensions" / "audit" / "event_query.yml").read_text())
HOST = "aks.hcp.eastus.azmk8s.io"
URL = f"https://{HOST}:443"
RESULTS = {
    "gpuops.aks.aks_cluster": {"cluster": {"fqdn": HOST, "private_fqdn": None}},
    "gpuops.aks.gpu_job": {"job": {"server": URL}},
    "gpuops.aks.gpu_proof": {"server": URL},
    "gpuops.aks.mnist_job": {"job": {"server": URL}},
    "gpuops.aks.nvidia_device_plugin": {"server": URL},
}
NO_CLUSTER = [{}, {"failed": True, "msg": "..."}, {"server": "", "job": {"server": ""}, "cluster": {}}, {"cluster": "aks"}]


def counted(module: str, result: Any) -> list[Any]:
    return list(jq.compile(QUERIES[module]["query"]).input_value(result))


def returned(module: str) -> dict[str, Any]:
    """The sample of what a module documents that it returns."""
    documented = yaml.safe_load(import_module(f"ansible_collections.gpuops.aks.plugins.modules.{module.rpartition('.')[2]}").RETURN)
    return {name: value["sample"] for name, value in documented.items() if "sample" in value}


def test_every_query_is_of_a_module_that_identifies_the_cluster() -> None:
    assert QUERIES.keys() == RESULTS.keys()


@pytest.mark.parametrize("module", RESULTS)
def test_all_modules_count_a_cluster_as_the_same_one(module: str) -> None:
    (record,) = counted(module, {"changed": True, **RESULTS[module]})
    assert (record["name"], record["canonical_facts"]) == (HOST, {"api_server": HOST})


@pytest.mark.parametrize("module", RESULTS)
@pytest.mark.parametrize(
    "result", [{}, {"failed": True, "msg": "..."}, {"server": "", "job": {"server": ""}, "cluster": {}}, {"cluster": "aks"}]
)
def test_result_without_a_cluster_counts_nothing(module: str, result: dict[str, Any]) -> None:
    assert counted(module, result) == []


@pytest.mark.parametrize("module", ["gpuops.aks.aks_cluster", "gpuops.aks.gpu_proof"])
def test_documented_result_is_counted(module: str) -> None:
    (record,) = counted(module, returned(module))
    assert record["name"].endswith(".azmk8s.io")


def test_private_cluster_is_counted_by_the_name_that_its_kubeconfig_has() -> None:
    (record,) = counted("gpuops.aks.aks_cluster", {"cluster": {"fqdn": HOST, "private_fqdn": f"private.{HOST}"}})
    assert record["name"] == f"private.{HOST}"
