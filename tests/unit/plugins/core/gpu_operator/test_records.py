# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects in which Helm keeps the revisions of a release."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.records import (
    decoded_revision,
    latest_revision,
    require_record,
    working_revision,
)
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.release import MARK, Found, ReleaseName, Revision
from ansible_collections.gpuops.aks.plugins.module_utils._errors import KubernetesError

from ...builders import assert_explained

RELEASE = ReleaseName("nvidia", "gpuop")


def config_map(content: Any, *, compressed: bool = True) -> dict[str, Any]:
    """A ConfigMap as Helm writes it."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    stored = base64.b64encode(gzip.compress(data) if compressed else data)
    return {"metadata": {"name": "sh.helm.release.v1.gpu-operator.v2"}, "data": {"release": stored.decode()}}


def secret(content: Any, *, compressed: bool = True) -> dict[str, Any]:
    """A Secret as Helm writes it, and as the API server returns it."""
    stored = config_map(content, compressed=compressed)
    return {**stored, "data": {"release": base64.b64encode(stored["data"]["release"].encode()).decode()}}


@pytest.mark.parametrize("compressed", [True, False])
def test_revision_is_read_from_the_object_of_helm(compressed: bool) -> None:
    stored = {"name": "gpu-operator", "version": 2, "info": {"status": "failed"}, "config": {"global": {"installedBy": "gpuops.aks"}}}
    revision = decoded_revision(secret(stored, compressed=compressed))
    assert (revision, revision.made_here) == (Revision(2, "failed", MARK), True)
    assert decoded_revision(config_map(stored, compressed=compressed), "configmaps") == revision


def test_release_without_values_is_of_others() -> None:
    assert not decoded_revision(secret({"version": 1, "info": {"status": "deployed"}})).made_here


@pytest.mark.parametrize(
    "odd",
    [
        secret(b"no JSON"),
        secret([]),
        secret({"version": 1}),
        secret({"version": "1", "info": {"status": "deployed"}}),
        secret({"version": 1, "info": {"status": "deployed"}, "config": ["odd"]}),
        secret(gzip.compress(b"{}")[:10], compressed=False),
        {"metadata": {"name": "s"}, "data": {"release": "%%%"}},
        {"metadata": {"name": "s"}, "data": None},
        {"metadata": {"name": "s"}},
    ],
)
def test_secret_that_is_not_of_helm_is_named(odd: dict[str, Any]) -> None:
    with pytest.raises(KubernetesError) as raised:
        decoded_revision(odd)
    assert raised.value.code == "ReleaseUnreadable"
    assert f"The Secret {odd['metadata']['name']} " in str(raised.value)
    with pytest.raises(KubernetesError, match=f"The ConfigMap {odd['metadata']['name']} ") as raised:
        decoded_revision(odd, "configmaps")
    assert raised.value.code == "ReleaseUnreadable"


def test_latest_revision_is_the_one_with_the_highest_number() -> None:
    records = [{"name": f"v{number}", "labels": {"version": number}} for number in ("9", "10", "2")]
    assert latest_revision([{"name": "odd"}, *records]) == "v10"
    assert latest_revision([]) is None


@pytest.mark.parametrize(
    ("statuses", "working"),
    [
        ([], None),
        (["pending-install"], None),
        (["failed", "pending-upgrade"], None),
        (["superseded", "deployed", "failed", "pending-upgrade"], 2),
        (["superseded", "superseded", "pending-upgrade"], 2),
        (["deployed", "failed", "superseded", "pending-rollback"], 1),
    ],
)
def test_working_revision_is_the_newest_that_helm_has_completed(statuses: list[str], working: int | None) -> None:
    records = [{"name": f"v{at}", "labels": {"version": str(at), "status": each}} for at, each in enumerate(statuses, 1)]
    assert working_revision([{"name": "odd"}, *records]) == working


def policy_of(release: ReleaseName) -> dict[str, Any]:
    """The metadata of a ClusterPolicy that a release has brought."""
    notes = {"meta.helm.sh/release-namespace": release.namespace, "meta.helm.sh/release-name": release.name}
    return {"name": "cluster-policy", "annotations": notes}


def test_installed_release_without_a_record_is_not_taken_for_one_that_is_gone() -> None:
    lost = Found(RELEASE, None, {"name": "nvidia"}, (), [policy_of(RELEASE)])
    with pytest.raises(KubernetesError) as raised:
        require_record(lost, "configmaps")
    assert_explained(
        raised.value, "ReleaseRecordMissing", "nvidia/gpuop", "configmaps", "HELM_DRIVER", "kubectl delete clusterpolicy cluster-policy"
    )


@pytest.mark.parametrize(
    ("revision", "policies"),
    [
        (None, []),
        (None, [{"name": "by-hand"}]),
        (None, [policy_of(ReleaseName("nvidia", "other"))]),
        (Revision(1, "deployed", {}), [policy_of(RELEASE)]),
    ],
)
def test_release_that_is_gone_or_recorded_is_accepted(revision: Revision | None, policies: list[dict[str, Any]]) -> None:
    require_record(Found(RELEASE, revision, None, (), policies), "secrets")
