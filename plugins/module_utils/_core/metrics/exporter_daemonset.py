# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The DCGM exporter that this collection runs on a pool: its DaemonSet and PodMonitor, and who else may measure the pool already."""

from __future__ import annotations

import json
from typing import Any, Iterable, Sequence

from ..._errors import InvalidInputError
from ..nodes.gpu_node import GpuNode
from ..nodes.gpu_operator import made_by_operator
from ..nodes.managed import is_managed
from ..plugin.daemonset import DaemonProgram, DaemonSettings, daemonset_manifest
from ..plugin.rollout import why_not_served
from ..scheduling.daemons import Daemon, daemon_fields, template_of
from ..shared.mappings import Json
from ..shared.ownership import MARK
from .exporters import LISTEN, PORT, PORT_NAME, SELECTORS

COLLECTION, AKS, OPERATOR, OTHER = "gpuops.aks", "aks", "gpu_operator", "other"
# NVIDIA/dcgm-exporter dcgm-exporter.yaml; the variables that the chart sets, too.
EXPORTER_ENV = {LISTEN: f":{PORT}", "DCGM_EXPORTER_KUBERNETES": "true"}
# SYS_ADMIN is for the profiling metrics.
SECURITY_CONTEXT = {"runAsNonRoot": False, "runAsUser": 0, "capabilities": {"add": ["SYS_ADMIN"]}}
# One of SELECTORS.
_LABEL = {"app.kubernetes.io/name": "dcgm-exporter"}
_POD_RESOURCES = "/var/lib/kubelet/pod-resources"
# Without it, the label Hostname is the pod's name.
_NODE_NAME = {"name": "NODE_NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "spec.nodeName"}}}
_CONTAINER = {
    "ports": [{"name": PORT_NAME, "containerPort": PORT, "protocol": "TCP"}],
    # As in the chart. Its readiness probe, which delays each pod by 45 seconds, is left out: no Service selects the pods.
    "livenessProbe": {"httpGet": {"path": "/health", "port": PORT}, "initialDelaySeconds": 45, "periodSeconds": 5},
}
_VOLUMES = (({"name": "pod-resources", "hostPath": {"path": _POD_RESOURCES}}, {"mountPath": _POD_RESOURCES, "readOnly": True}),)


def exporter_selector(pool: str) -> dict[str, str]:
    """The labels of the exporter's pods on a pool. By the first one, gpu_metrics_info finds them."""
    return {**_LABEL, "app.kubernetes.io/instance": pool}


def exporter_manifest(settings: DaemonSettings, pool: str, *, runtime_class: str | None, marked: bool) -> dict[str, Any]:
    """The DaemonSet to apply.

    Args:
        settings: The user's settings.
        pool: The node pool.
        runtime_class: The RuntimeClass of the pods, None for the default runtime of the nodes.
        marked: Whether the collection created it, or creates it now.
    """
    pod_fields = {"automountServiceAccountToken": False, **({"runtimeClassName": runtime_class} if runtime_class else {})}
    program = DaemonProgram(exporter_selector(pool), "exporter", _VOLUMES, [_NODE_NAME], container_fields=_CONTAINER, pod_fields=pod_fields)
    return daemonset_manifest(settings, program, marked=marked)


def runtime_class_of(nodes: Sequence[GpuNode], daemonsets: Iterable[Json]) -> str | None:
    """The RuntimeClass by which the GPU Operator's own pods reach the GPUs of the nodes; None if it does not serve them.

    The exporter requests no GPU, so it sees the GPUs only through NVIDIA's runtime. With the driver of AKS, that is the nodes' default. The
    operator's toolkit adds it beside the default one (https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/cdi.html).
    """
    of_operator = (each for each in daemonsets if made_by_operator(each["metadata"]) and _serves(each, nodes))
    return next((name for each in of_operator if (name := template_of(each).get("runtimeClassName"))), None)


def pod_monitor_manifest(settings: DaemonSettings, pool: str, *, marked: bool) -> dict[str, Any]:
    """What makes managed Prometheus scrape the exporter's pods every 30 seconds, in which the exporter measures."""
    labels = {**exporter_selector(pool), **(MARK if marked else {})}
    return {
        "apiVersion": "azmonitoring.coreos.com/v1",
        "kind": "PodMonitor",
        "metadata": {"name": settings.name, "namespace": settings.namespace, "labels": labels},
        "spec": {
            "selector": {"matchLabels": exporter_selector(pool)},
            "podMetricsEndpoints": [{"port": PORT_NAME, "interval": "30s"}],
        },
    }


def refuse_kept_off(manifest: Json, nodes: Iterable[GpuNode]) -> None:
    """Refuse a DaemonSet that would have no pod on a node of the pool. Raises InvalidInputError."""
    daemon = _daemon(manifest)
    reasons = [(node.name, reason) for node in nodes if (reason := why_not_served(daemon, node))]
    if reasons:
        name, reason = reasons[0]
        raise InvalidInputError(
            f"The {daemon} would have no pod on {name}{f' and {len(reasons) - 1} more' if reasons[1:] else ''}: {reason}.",
            code="ExporterKeptOff",
            cause="Taints of the pool that the exporter does not tolerate, its node_selector or its affinity keep it off the node.",
            remedy="Add the taints to node_taints, or correct node_selector and affinity.",
        )


def measured_by(nodes: Sequence[GpuNode], others: Iterable[Json]) -> tuple[str, str]:
    """What already measures the nodes, and the evidence; ("", "") if nothing does.

    Raises InvalidInputError for DaemonSets of others whose pods cannot be found, or that measure only some of the nodes.

    Args:
        nodes: The GPU nodes of the pool.
        others: The DaemonSets of the cluster, without the collection's own exporter of the pool.
    """
    managed = next((node for node in nodes if is_managed(node.labels)), None)
    if managed is not None:
        return AKS, f"a service of the node {managed.name}"
    serving = [each for each in others if _is_exporter(each) and _serves(each, nodes)]
    if not serving:
        return "", ""
    _require_labels(serving)
    _require_all_nodes([_daemon(each) for each in serving], nodes)
    return OPERATOR if made_by_operator(serving[0]["metadata"]) else OTHER, str(_daemon(serving[0]))


def _is_exporter(daemonset: Json) -> bool:
    images = (str(container.get("image") or "") for container in template_of(daemonset).get("containers") or ())
    return any("dcgm-exporter" in image for image in images) or _has_label(daemonset)


def _has_label(daemonset: Json) -> bool:
    labels = (daemonset["spec"]["template"].get("metadata") or {}).get("labels") or {}
    return any(f"{name}={value}" in SELECTORS for name, value in labels.items())


def _daemon(daemonset: Json) -> Daemon:
    return Daemon(**daemon_fields(daemonset, {}))


def _serves(daemonset: Json, nodes: Sequence[GpuNode]) -> bool:
    daemon = _daemon(daemonset)
    return any(not daemon.reasons_against(node) for node in nodes)


def _require_labels(serving: Iterable[Json]) -> None:
    """Refuse an exporter that only its image shows: to read one, its pods are found by their labels."""
    daemonset = next((each for each in serving if not _has_label(each)), None)
    if daemonset is None:
        return
    metadata = daemonset["metadata"]
    patch = json.dumps({"spec": {"template": {"metadata": {"labels": _LABEL}}}})
    raise InvalidInputError(
        f"The {_daemon(daemonset)} measures the pool, but its pods have neither the label {' nor '.join(SELECTORS)}.",
        code="ExporterNotLabeled",
        cause="Exporters are found by these labels, so its metrics cannot be read.",
        remedy=f"Add the first one to its pods: kubectl patch daemonset {metadata['name']} -n {metadata['namespace']} -p '{patch}'",
    )


def _require_all_nodes(serving: Sequence[Daemon], nodes: Iterable[GpuNode]) -> None:
    """Refuse to share a pool with others: an exporter for the nodes that they leave out would be the second one on the rest."""
    for node in nodes:
        reasons = [why_not_served(daemon, node) for daemon in serving]
        if None not in reasons:
            raise InvalidInputError(
                f"The {serving[0]} measures some nodes of the pool, but would have no pod on {node.name}: {reasons[0]}.",
                code="ExporterOfSomeNodes",
                cause="A second exporter for the whole pool would measure the same GPUs.",
                remedy=f"Let the {serving[0]} run on all GPU nodes of the pool, or on none of them, so that this module runs its own.",
            )
