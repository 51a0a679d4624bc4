# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.conflicts import conflict_refusals
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.helm import helm_refusals

from ...builders import assert_explained

# As 'helm version' prints it without a template.
HELM_3 = 'version.BuildInfo{Version:"v3.21.4", GitCommit:"0000000", GitTreeState:"clean", GoVersion:"go1.26.8"}'


@pytest.mark.parametrize(
    ("helm", "collection"),
    [
        (HELM_3, "6.2.0"),
        ("v3.8.0", "3.0.0"),
        ("v3.21.4+g1234567", "6.2.0"),
        ("v3.21.4", "6.5.0"),
        ("v4.2.4", "6.4.0"),
        ("v4.2.4", "10.0.0"),
        ("v4.2.4-rc.1", "6.4.0-beta.1"),
    ],
)
def test_pair_that_works_is_accepted(helm: str, collection: str) -> None:
    assert list(helm_refusals(helm, collection)) == []


@pytest.mark.parametrize(
    ("helm", "collection", "code", "said"),
    [
        ("v3.21.4", "", "KubernetesCoreMissing", "ansible-galaxy collection install kubernetes.core"),
        ("v3.21.4", "2.4.0", "KubernetesCoreTooOld", "kubernetes.core 2.4.0"),
        ("", "6.2.0", "HelmMissing", "gpu_operator_helm"),
        ("command not found", "6.2.0", "HelmMissing", "command not found"),
        ("Error: dial tcp 127.0.0.1:5432: connection refused", "6.2.0", "HelmMissing", "connection refused"),
        ("v2.17.0", "6.2.0", "HelmTooOld", "Helm 2.17.0"),
        ("v3.7.2", "6.2.0", "HelmTooOld", "OCI"),
        ("v4.0.0", "6.3.0", "HelmTooNew", "kubernetes.core 6.3.0 does not support Helm 4.0.0"),
        ('version.BuildInfo{Version:"v4.3.2"}', "5.4.1", "HelmTooNew", "6.4.0"),
        ("v5.0.0", "6.2.0", "HelmTooNew", "Install Helm 3 or 4"),
        ("v5.0.0", "10.0.0", "HelmTooNew", "Helm 5.0.0"),
    ],
)
def test_wrong_one_of_the_pair_is_named(helm: str, collection: str, code: str, said: str) -> None:
    (refusal,) = helm_refusals(helm, collection)
    assert_explained(refusal, code, said)


def test_both_may_be_missing() -> None:
    assert [refusal.code for refusal in helm_refusals("", "")] == ["KubernetesCoreMissing", "HelmMissing"]


def test_helm_4_is_not_held_against_a_collection_that_is_missing() -> None:
    assert [refusal.code for refusal in helm_refusals("v4.0.0", "")] == ["KubernetesCoreMissing"]


def test_what_others_have_made_is_named_with_what_to_set() -> None:
    pools, release = conflict_refusals(["cpu", "other"], ["nvidia/gpuop", "x/y"], "aks")
    assert_explained(pools, "OtherPoolsServed", "cpu, other", "gpu_driver: Install", "nvidia.com/gpu.deploy.operands: 'false'")
    assert_explained(release, "OtherRelease", "release gpuop in namespace nvidia", "gpu_operator_namespace=nvidia")
    (operators,) = conflict_refusals(["other"], [], "operator")
    assert "gpu_driver: None" in operators.cause
    assert list(conflict_refusals([], [], "operator")) == []
    (going,) = conflict_refusals([], [], "operator", "nvidia")
    assert_explained(going, "NamespaceTerminating", "kubectl describe namespace nvidia")
