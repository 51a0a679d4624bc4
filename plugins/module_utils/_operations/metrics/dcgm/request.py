# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The arguments of dcgm_exporter, and the typed request that they become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from ...._core.metrics.exporter_daemonset import EXPORTER_ENV, SECURITY_CONTEXT, exporter_selector
from ...._core.metrics.exporters import LISTEN_FLAGS
from ...._core.nodes.labels import checked_labels, checked_value
from ...._core.plugin.affinity import pool_affinity
from ...._core.plugin.daemonset import DaemonSettings
from ...._core.shared.strings import as_texts
from ...._errors import InvalidInputError
from ...arguments import cluster_arguments, kube_arguments, wait_timeout_of
from ...daemonset.arguments import daemonset_arguments, daemonset_settings

AUTO, ALWAYS, NEVER = "auto", "always", "never"
_IMAGE = "nvcr.io/nvidia/k8s/dcgm-exporter:4.5.3-4.8.2-distroless"


@dataclass(frozen=True)
class ExporterRequest:
    """The exporter that a pool should have, or should not. wait_timeout is in seconds."""

    settings: DaemonSettings
    pool: str
    absent: bool
    pod_monitor: str
    remove_adopted: bool
    force_conflicts: bool
    wait: bool
    wait_timeout: float


def exporter_arguments() -> dict[str, Any]:
    """The module's arguments."""
    return {
        **kube_arguments(),
        **cluster_arguments(),
        **daemonset_arguments(name="", namespace="gpu-metrics", image=_IMAGE, min_ready_seconds=0),
        "pool": {"type": "str", "required": True},
        "pod_monitor": {"type": "str", "choices": [AUTO, ALWAYS, NEVER], "default": AUTO},
    }


def exporter_request(params: Mapping[str, Any]) -> ExporterRequest:
    """The request from the module's parameters. Raises InvalidInputError."""
    pool = checked_value("pool", params["pool"])
    if not pool:
        raise _refused("pool is empty.", "Each pool has an exporter of its own.", "Set pool to the name of the pool.")
    named = {**params, "name": params["name"] or f"dcgm-exporter-{pool}"}
    selector = checked_labels("node_selector", params["node_selector"] or {})
    settings = DaemonSettings(
        **daemonset_settings(named, exporter_selector(pool)),
        env={**EXPORTER_ENV, **_env(as_texts("env", params["env"]), params["args"])},
        security_context=SECURITY_CONTEXT if params["security_context"] is None else params["security_context"],
        node_selector=selector,
        affinity=pool_affinity(params["affinity"], [pool], selector),
    )
    return ExporterRequest(
        settings,
        pool,
        absent=params["state"] == "absent",
        wait_timeout=wait_timeout_of(params),
        **{name: params[name] for name in ("pod_monitor", "remove_adopted", "force_conflicts", "wait")},
    )


def _env(env: Mapping[str, str], args: Sequence[str]) -> Mapping[str, str]:
    """The environment that is asked for. Refuse what the collection sets, also as a flag."""
    flags = {word.partition("=")[0] for word in args}
    for name, taken in (("env", {*EXPORTER_ENV} & {*env}), ("args", {*LISTEN_FLAGS} & flags)):
        if taken:
            said = ", ".join(sorted(taken))
            raise _refused(
                f"{name} sets {said}.", "The port and the probe of the container would not match.", f"Remove {said} from {name}."
            )
    return env


def _refused(problem: str, cause: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(problem, code="InvalidExporter", cause=cause, remedy=remedy)
