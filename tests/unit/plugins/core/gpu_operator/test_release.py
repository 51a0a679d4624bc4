# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release of the operator's chart has brought, and what its removal deletes and keeps."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.release import (
    MARK,
    Found,
    Leftovers,
    ReleaseName,
    Revision,
    release_facts,
    removal_facts,
)

RELEASE = ReleaseName("gpu-operator", "gpu-operator")
OURS, OTHERS = Revision(1, "deployed", dict(MARK)), Revision(1, "deployed", {"driver": {"enabled": False}})
MADE_HERE = {"app.kubernetes.io/managed-by": "gpuops.aks"}
POLICIES, FEATURES, UNRELATED = "clusterpolicies.nvidia.com", "nodefeatures.nfd.k8s-sigs.io", "podmonitors.monitoring.coreos.com"


def named(name: str, **metadata: Any) -> dict[str, Any]:
    """The metadata of an object."""
    return {"name": name, "uid": f"uid-of-{name}", **metadata}


def found(revision: Revision | None = OURS, **fields: Any) -> Found:
    """A release in its namespace, both made here, with one definition that it has brought and one of others."""
    definitions = [named(POLICIES, labels=dict(RELEASE.labels)), named(FEATURES), named(UNRELATED)]
    usual = {"namespace": named("gpu-operator", labels=MADE_HERE), "definitions": definitions, "policies": ()}
    return Found(RELEASE, revision, **{**usual, **fields})


def policy_of(namespace: str, release: str) -> dict[str, Any]:
    """A ClusterPolicy that a release has brought."""
    return named("cluster-policy", annotations={"meta.helm.sh/release-namespace": namespace, "meta.helm.sh/release-name": release})


def test_own_release_and_what_it_has_brought() -> None:
    facts = release_facts(found(), None)
    assert facts["release"] == {"number": 1, "status": "deployed", "user_values": MARK, "working": None, "made_here": True}
    assert facts["namespace"] == {"name": "gpu-operator", "made_here": True, "deleting": False}
    going = named("gpu-operator", deletionTimestamp="2026-11-30T12:00:00Z")
    assert release_facts(found(namespace=going), None)["namespace"]["deleting"]
    assert (facts["definitions"], facts["own_definitions"], facts["elsewhere"]) == ([POLICIES, FEATURES], [POLICIES], [])
    assert (facts["unlabeled_definitions"], facts["mark"], facts["node"]) == (None, MARK, None)


def test_nothing_installed() -> None:
    facts = release_facts(found(None, namespace=None, definitions=()), None)
    assert (facts["release"], facts["namespace"], facts["definitions"], facts["mark"]) == (None, None, [], MARK)


def test_release_of_others_gets_no_mark_and_keeps_its_definitions() -> None:
    facts = release_facts(found(OTHERS), None)
    assert (facts["own_definitions"], facts["mark"], facts["release"]["made_here"]) == ([], {}, False)


def test_releases_elsewhere_are_named_once_and_use_the_definitions() -> None:
    policies = [policy_of("nvidia", "gpuop"), policy_of("nvidia", "gpuop"), policy_of(*RELEASE), named("by-hand")]
    facts = release_facts(found(policies=policies), None)
    assert (facts["elsewhere"], facts["own_definitions"]) == (["nvidia/gpuop"], [])
    assert found(policies=policies).own_policies == ["cluster-policy"]


def test_definitions_of_an_interrupted_installation_are_those_that_were_not_there_before() -> None:
    begun = named("gpu-operator", annotations={"crds-before.gpuops.aks/gpu-operator": FEATURES})
    assert found(namespace=begun).unlabeled_definitions == [POLICIES]
    other = named("gpu-operator", annotations={"crds-before.gpuops.aks/other": FEATURES})
    assert found(namespace=other).unlabeled_definitions is None


def test_node_shows_what_the_values_depend_on() -> None:
    node = {
        "metadata": named("aks-gpunp-1", labels={"kubernetes.azure.com/node-image-version": "AKSUbuntu-2404-202611.10.0"}),
        "status": {"nodeInfo": {"kubeletVersion": "v1.35.1"}},
    }
    shown = {"name": "aks-gpunp-1", "kubernetes_version": "1.35.1", "node_image_version": "AKSUbuntu-2404-202611.10.0"}
    assert release_facts(found(), node)["node"] == shown
    assert release_facts(found(), {"metadata": named("new")})["node"] == {"name": "new", "kubernetes_version": "", "node_image_version": ""}


def left(contents: Any = (), nodes: Any = (), runtime_classes: Any = ()) -> Leftovers:
    """What Helm does not delete."""
    return Leftovers(contents, nodes, runtime_classes)


def test_own_namespace_and_definitions_are_removed() -> None:
    facts = removal_facts(found(), left())
    assert (facts["namespace"], facts["definitions"]) == (True, [POLICIES])
    assert facts["kept"] == [f"CustomResourceDefinition {FEATURES}: not marked as made by this release"]


@pytest.mark.parametrize(
    ("state", "contents", "reason"),
    [
        (found(namespace=named("gpu-operator")), [], "not made by this collection"),
        (found(), [named("their-secret"), named("its-daemonset", ownerReferences=[{}])], "holds their-secret"),
        (found(OTHERS), [], "holds the release"),
    ],
)
def test_namespace_that_others_made_or_use_is_kept(state: Found, contents: Any, reason: str) -> None:
    facts = removal_facts(state, left(contents))
    assert not facts["namespace"]
    assert f"Namespace gpu-operator: {reason}" in facts["kept"]


def test_namespace_that_is_gone_is_neither_removed_nor_kept() -> None:
    facts = removal_facts(found(None, namespace=None, definitions=()), left())
    assert facts == {"namespace": False, "definitions": [], "kept": []}


def test_releases_of_others_are_kept() -> None:
    kept = removal_facts(found(OTHERS, policies=[policy_of("nvidia", "gpuop")]), left())["kept"]
    assert "Helm release gpu-operator/gpu-operator: not made by this collection" in kept
    assert "Helm release nvidia/gpuop: not the release gpu-operator/gpu-operator" in kept


NODE = named(
    "n1", labels={"nvidia.com/gpu.present": "true", "nvidia.com/gpu.deploy.driver": "false", "feature.node.kubernetes.io/pci": "true"}
)


def test_labels_that_nobody_removes_are_listed_once_per_node_and_owner() -> None:
    own = named(FEATURES, labels=dict(RELEASE.labels))
    nodes = [NODE, named("n2", labels={"nvidia.com/gpu.deploy.driver": "false"})]
    of_operator = "Node n1: has labels of the operator, such as nvidia.com/gpu.present"
    assert removal_facts(found(None, definitions=[own]), left(nodes=nodes))["kept"] == [
        of_operator,
        "Node n1: has labels of node feature discovery, such as feature.node.kubernetes.io/pci",
    ]
    before = removal_facts(found(definitions=[own]), left(nodes=nodes))["kept"]
    assert before == [of_operator], "a Job of the chart will remove the others"


def test_labels_of_a_node_feature_discovery_of_others_are_not_listed() -> None:
    assert not [line for line in removal_facts(found(None), left(nodes=[NODE]))["kept"] if "node feature discovery" in line]


def test_labels_are_in_use_while_another_operator_is_there() -> None:
    for state in (found(OTHERS), found(policies=[policy_of("nvidia", "gpuop")])):
        assert not [line for line in removal_facts(state, left(nodes=[NODE]))["kept"] if line.startswith("Node ")]


def test_runtime_classes_that_the_operator_does_not_own_are_kept() -> None:
    classes = [named("nvidia"), named("nvidia-legacy", ownerReferences=[{}]), named("kata")]
    kept = removal_facts(found(definitions=()), left(runtime_classes=classes))["kept"]
    assert kept == ["RuntimeClass nvidia: not made by this collection"]
