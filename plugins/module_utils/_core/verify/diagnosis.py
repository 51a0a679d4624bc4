# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Asks every cause that a cluster snapshot can show and returns the findings, the ones that need the user first.

Also says which logs and events are worth reading; to add a cause, add it to one of the causes files.
"""

from __future__ import annotations

from typing import Callable, Iterator

from ..scheduling.pods import container_to_read, has_run
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.findings import Finding, without_repeats
from .causes_drivers import DRIVER_CAUSES
from .causes_nodes import NODE_CAUSES
from .causes_offers import NAME_CAUSES, OFFER_CAUSES
from .causes_operator import OPERATOR_CAUSES
from .causes_plugin import PLUGIN_CAUSES, without_plugin_pod
from .causes_plugin_owners import OWNER_CAUSES
from .causes_plugin_pods import POD_CAUSES
from .causes_pools import POOL_CAUSES, no_nodes

_LOGS = 3
Cause = Callable[[ClusterSnapshot], Iterator[Finding]]
_CAUSES: tuple[Cause, ...] = (
    no_nodes,
    *OPERATOR_CAUSES,
    *DRIVER_CAUSES,
    *PLUGIN_CAUSES,
    *OWNER_CAUSES,
    *POD_CAUSES,
    *NODE_CAUSES,
    *OFFER_CAUSES,
    *POOL_CAUSES,
)


def diagnose(snapshot: ClusterSnapshot, *, by_name: bool = False) -> list[Finding]:
    """Every cause that the snapshot shows, those that only the user can remove first.

    This runs after each event of a watch, so its time grows only with nodes and plugin pods.

    Args:
        snapshot: The cluster.
        by_name: Whether something requests GPUs by the name of the resource, which is not what DRA serves without further ado.
    """
    causes = (*_CAUSES, *NAME_CAUSES) if by_name else _CAUSES
    return without_repeats(finding for cause in causes for finding in cause(snapshot))


def logs_wanted(snapshot: ClusterSnapshot) -> list[tuple[str, str, str]]:
    """(namespace, pod, container) of a few plugin pods whose logs would show more; the cause is often the same on every node."""
    silent = [*snapshot.without_gpu(), *(node for node in snapshot.nodes if node.has_lost_devices)]
    found = ((plugin, plugin.pods[node.name]) for node in silent for plugin in snapshot.plugins if node.name in plugin.pods)
    read = ((pod, container_to_read(pod, plugin.container, plugin.containers)) for plugin, pod in found)
    run = [(pod["metadata"], container) for pod, container in read if has_run(pod)]
    return [(str(metadata["namespace"]), str(metadata["name"]), container) for metadata, container in run][:_LOGS]


def events_wanted(snapshot: ClusterSnapshot) -> list[tuple[str, str]]:
    """(namespace, name) of the objects whose events may show a reason.

    The plugins' DaemonSets that should have a pod on a node and have none, and their pods there that have never run.
    """
    bare, plugins = without_plugin_pod(snapshot), snapshot.plugins
    owners = [(plugin.namespace, plugin.name) for plugin in plugins if not all(map(plugin.reasons_against, bare))]
    pods = [plugin.pods[node.name] for node in snapshot.without_gpu() for plugin in plugins if node.name in plugin.pods]
    unborn = [(str(pod["metadata"]["namespace"]), str(pod["metadata"]["name"])) for pod in pods if not has_run(pod)]
    return [*owners, *unborn[:_LOGS]]
