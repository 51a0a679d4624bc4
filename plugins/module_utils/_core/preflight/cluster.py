# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Preflight findings about the pool's cluster: its state, its version and an existing pool of the same name."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from ..arm.resource_option import inside
from ..arm.resources import is_deleting
from ..arm.states import STOPPED, has_ended, is_broken, named_state
from ..pool.count import is_stopped
from ..pool.spec import PoolSpec
from ..shared.explanation import Explanation
from ..shared.findings import Finding
from ..shared.versions import version_key

# The AKS documentation asked for this version in October 2025 (aks-managed-gpu-nodes), and no longer names one since July 2026.
_MANAGED_SINCE = "1.34"


def cluster_findings(spec: PoolSpec, cluster: Mapping[str, Any] | None) -> Iterator[Finding]:
    """What the cluster, if there is one, says against the pool."""
    if cluster is None and spec.cluster and not spec.makes_cluster:
        yield _missing(spec.cluster, spec)
    if cluster is not None:
        yield from _state(spec, cluster)
        yield from _pool_power(spec, cluster)
        yield from _provisioning(spec, cluster)
    yield from _version(spec, kubernetes_version(spec, cluster))


def kubernetes_version(spec: PoolSpec, cluster: Mapping[str, Any] | None) -> str | None:
    """The version that the pool's nodes get: the cluster's, or the one to create it with; None if Azure chooses."""
    properties = _properties(cluster) if cluster else {}
    return properties.get("currentKubernetesVersion") or properties.get("kubernetesVersion") or spec.kubernetes_version


def power_state(cluster: Mapping[str, Any]) -> str | None:
    """Running or Stopped, None if Azure doesn't say."""
    return named_state(inside(cluster, "properties.powerState.code"))


def _properties(cluster: Mapping[str, Any]) -> Mapping[str, Any]:
    return cluster.get("properties") or {}


def _missing(name: str, spec: PoolSpec) -> Finding:
    return Finding(
        Explanation(
            "ClusterNotFound",
            cause="The cluster does not exist, and no step creates it.",
            remedy="Correct resource_group and cluster (in the roles gpu_resource_group and gpu_cluster), or create the cluster with "
            "gpuops.aks.aks_cluster (gpu_create_cluster: true).",
        ),
        (name,),
        f"the cluster {name} does not exist in the resource group {spec.resource_group}",
    )


def _state(spec: PoolSpec, cluster: Mapping[str, Any]) -> Iterator[Finding]:
    name = str(cluster.get("name") or spec.cluster)
    state = _properties(cluster).get("provisioningState")
    if is_deleting(cluster):
        cause = "The cluster is being deleted."
        yield Finding(
            Explanation("ClusterBeingDeleted", cause=cause, remedy="Run the task again after the deletion."),
            (name,),
            f"provisioning state {state}",
        )
    elif power_state(cluster) == STOPPED:
        remedy = f"Start it with 'az aks start --resource-group {spec.resource_group or 'GROUP'} --name {name}'."
        yield Finding(
            Explanation("ClusterStopped", cause="A stopped cluster does not accept node pools.", remedy=remedy),
            (name,),
            "power state Stopped",
        )
    elif is_broken(state):
        remedy = "Read the reason in 'az aks show', and try to repair the cluster with 'az aks update' without options."
        yield Finding(
            Explanation("ClusterFailed", cause="The cluster's last operation failed.", remedy=remedy, severity="warning"),
            (name,),
            f"provisioning state {state}",
        )
    elif state and not has_ended(state):
        cause = "Azure runs one operation at a time on a cluster."
        yield Finding(
            Explanation(
                "OperationInProgress",
                cause=cause,
                remedy="Wait, or continue: the pool step waits until the operation has ended.",
                severity="warning",
            ),
            (name,),
            f"provisioning state {state}",
        )


def _pool_power(spec: PoolSpec, cluster: Mapping[str, Any]) -> Iterator[Finding]:
    """A stopped pool that the task does not start. The pools of a stopped cluster start together with it."""
    pools = _properties(cluster).get("agentPoolProfiles") or ()
    stopped = any(pool.get("name") == spec.name and is_stopped(pool) for pool in pools)
    if stopped and spec.name and not spec.power_state and power_state(cluster) != STOPPED:
        where = f"--resource-group {spec.resource_group or 'GROUP'} --cluster-name {cluster.get('name')} --name {spec.name}"
        yield Finding(
            Explanation(
                "PoolStopped",
                cause="A stopped pool has no nodes and does not start on its own.",
                remedy=f"Set power_state: {{code: Running}} (in the roles: in gpu_pool_options), or start it with 'az aks "
                f"nodepool start {where}'.",
            ),
            (spec.name,),
            "power state Stopped",
        )


def _provisioning(spec: PoolSpec, cluster: Mapping[str, Any]) -> Iterator[Finding]:
    mode = (_properties(cluster).get("nodeProvisioningProfile") or {}).get("mode")
    if mode == "Auto" and spec.autoscaled:
        yield Finding(
            Explanation(
                "AutoscalerWithNap",
                cause="A cluster with node auto-provisioning does not accept pools with the cluster autoscaler.",
                remedy="Set enable_auto_scaling: false with a fixed count, or let node auto-provisioning create the GPU nodes.",
            ),
            (str(cluster.get("name") or spec.cluster),),
            "nodeProvisioningProfile.mode is Auto, and the pool requests the autoscaler",
        )


def _version(spec: PoolSpec, version: str | None) -> Iterator[Finding]:
    if spec.managed and version and version_key(version) < version_key(_MANAGED_SINCE):
        yield Finding(
            Explanation(
                "KubernetesVersion",
                cause=f"AKS documents Kubernetes {_MANAGED_SINCE} or newer as a requirement of this path.",
                remedy=f"Upgrade the cluster to {_MANAGED_SINCE} or newer, or use the path manual_plugin.",
                severity="warning",
            ),
            (version,),
            f"the cluster's Kubernetes is {version}",
        )
