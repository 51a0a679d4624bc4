# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.plugin.manifest import plugin_manifest
from ansible_collections.gpuops.aks.plugins.module_utils._core.plugin.rollout import (
    current_pods,
    not_yet_available,
    served_nodes,
    waiting_for,
    why_not_served,
)
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.device_plugins import DevicePlugin, device_plugins

from ...builders import (
    SKU_TAINT,
    SKU_TOLERATION,
    Json,
    daemonset,
    facts_of,
    node,
    plugin_pod,
    plugin_settings,
    snapshot,
    waiting,
)

PLUGIN = daemonset(tolerations=[SKU_TOLERATION], node_selector={"accelerator": "nvidia"})


def plugin(of: Json, *pods: Json) -> DevicePlugin:
    return device_plugins([of], pods)[0]


@pytest.mark.parametrize(
    ("made", "why"),
    [
        pytest.param(node(), None, id="any GPU node"),
        pytest.param(node(taints=[SKU_TAINT]), None, id="a tolerated taint"),
        pytest.param(node(taints=["a=b:PreferNoSchedule"]), None, id="a mere preference"),
        pytest.param(node(ready=False), None, id="not ready: it will be"),
        pytest.param(node(cordoned=True), None, id="cordoned: no matter for a DaemonSet"),
        pytest.param(node(taints=["node.kubernetes.io/memory-pressure:NoSchedule"]), None, id="under pressure: no matter either"),
        pytest.param(node(accelerator=False), "its nodeSelector wants accelerator=nvidia", id="not selected"),
        pytest.param(node(taints=["a=b:NoSchedule", SKU_TAINT, "c:NoExecute"]), "it doesn't tolerate the taint a=b:NoSchedule, c:NoExecute",
                     id="taints it doesn't tolerate"),
    ],
)  # fmt: skip
def test_a_daemonset_serves_a_node_unless(made: Json, why: str | None) -> None:
    (facts,) = facts_of(made)
    assert why_not_served(plugin(PLUGIN), facts) == why


def test_default_plugin_serves_the_articles_pool() -> None:
    manifest = plugin_manifest(plugin_settings(), marked=True)
    made = plugin({**manifest, "metadata": {**manifest["metadata"], "uid": ""}})
    nodes, others = served_nodes(made, snapshot(node("aks-gpunp-0", taints=[SKU_TAINT]), node("aks-nodepool1-0", accelerator=False)))
    assert [each.name for each in nodes] == ["aks-gpunp-0"]
    assert others == {"aks-nodepool1-0": "its nodeSelector wants kubernetes.azure.com/accelerator=nvidia"}


@pytest.mark.parametrize(
    ("status", "generation", "current"),
    [
        pytest.param({"observedGeneration": 2, "updatedNumberScheduled": 3, "desiredNumberScheduled": 3}, 2, True, id="all of the newest"),
        pytest.param({"observedGeneration": 2, "updatedNumberScheduled": 2, "desiredNumberScheduled": 3}, 2, False, id="one is old"),
        pytest.param({"observedGeneration": 2, "desiredNumberScheduled": 3}, 2, False, id="all are old"),
        pytest.param({"observedGeneration": 1, "updatedNumberScheduled": 3, "desiredNumberScheduled": 3}, 2, False, id="not seen yet"),
        pytest.param({"observedGeneration": 1, "desiredNumberScheduled": 0}, 1, True, id="no node to serve"),
        pytest.param(None, 1, False, id="no status yet"),
    ],
)
def test_rollout_ends_when_every_pod_has_the_newest_template(status: dict[str, Any] | None, generation: int, current: bool) -> None:
    shown = {"metadata": {"generation": generation}, **({"status": status} if status is not None else {})}
    assert current_pods(shown) is current


def test_pending_nodes_of_a_rollout_have_a_reason() -> None:
    pods = [plugin_pod(PLUGIN, on="ready"), plugin_pod(PLUGIN, on="pulling", ready=False, statuses=[waiting("ErrImagePull", "denied")])]
    nodes = facts_of(node("ready"), node("pulling"), node("bare"), node("booting", ready=False))
    assert waiting_for(plugin(PLUGIN, *pods), nodes) == {
        "pulling": "ErrImagePull: denied",
        "bare": "no pod yet",
        "booting": "the node is not Ready",
    }


@pytest.mark.parametrize(
    ("status", "proven", "pending"),
    [
        pytest.param({"numberAvailable": 2}, set(), [], id="all for long enough"),
        pytest.param({"numberAvailable": 1}, set(), ["a", "b"], id="one not, and nobody knows which"),
        pytest.param({"numberAvailable": 1}, {"b"}, ["a"], id="one is known to work"),
        pytest.param({"numberAvailable": 0}, {"a", "b"}, [], id="all are known to work"),
        pytest.param({}, set(), ["a", "b"], id="the API server leaves zero out"),
    ],
)
def test_ready_pod_counts_only_once_available(status: Json, proven: set[str], pending: list[str]) -> None:
    shown = {"metadata": {"generation": 1}, "spec": {"minReadySeconds": 5}, "status": status}
    waited = not_yet_available(shown, facts_of(node("a"), node("b")), proven)
    assert waited == dict.fromkeys(pending, "ready, but not for 5 s yet")
