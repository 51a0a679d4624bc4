# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Diagnosis from files: the same facts and findings as from a cluster, with what the files do not show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Mapping, Sequence

from .._core.scheduling.snapshot import ClusterSnapshot
from .._core.shared.findings import Finding
from .._core.shared.mappings import Json
from .._core.verify.unjudged import unjudged, without_guesses
from .._errors import InvalidInputError
from .._kube.dumps.client import DumpClient
from .._kube.dumps.dump import Dump
from .._kube.resources import DEVICE_CLASSES, NODES, PODS, RESOURCE_CLAIMS, RESOURCE_SLICES, Kind
from .owner_resources import owner_kinds

# What names a cluster or waits for it, and means nothing for files.
_OTHERS = ("kubeconfig", "context", "host", "api_key", "wait", "wait_for")


def read_dump(paths: Sequence[str], params: Mapping[str, Any]) -> DumpClient:
    """A client of what the files hold. Raises InvalidInputError if they have no nodes, or if the task names a cluster as well.

    A list of nodes that is empty is an answer: an archive of gpu_collect has only GPU nodes, and a pool may be at zero.
    """
    _require_alone(params)
    _require_there(paths)
    dump = Dump()
    dump.read(paths)
    if not dump.has(NODES):
        raise InvalidInputError(
            f"The files of from_files show no node: {', '.join(paths)}.",
            code="NoNodesInFiles",
            cause=" ".join(dump.problems) or f"None of the {dump.files} files has a Node object or a list of nodes.",
            remedy="Add the output of 'kubectl get nodes -o json', or let the playbook gpuops.aks.collect write an archive.",
        )
    return DumpClient(dump, "files")


def _require_alone(params: Mapping[str, Any]) -> None:
    given = [name for name in _OTHERS if params.get(name)]
    if given:
        raise InvalidInputError(
            f"from_files cannot be combined with {', '.join(given)}.",
            code="FilesAndCluster",
            cause="The task reads files instead of a cluster, and files do not change.",
            remedy=f"Leave out {', '.join(given)}, or from_files.",
        )


def _require_there(paths: Sequence[str]) -> None:
    missing = [path for path in paths if not Path(path).exists()]
    if missing:
        raise InvalidInputError(
            f"from_files names what does not exist: {', '.join(missing)}.",
            code="FilesMissing",
            cause="There is no file or directory at this path on the host that runs the task.",
            remedy="Correct the path. It may be a file, a directory, or an archive made with tar or zip.",
        )


class FilesView:
    """What a diagnosis from files says in addition, or leaves out."""

    def __init__(self, client: DumpClient) -> None:
        self._dump = client.dump
        self._present = frozenset(client.dump.objects)

    def snapshot(self, snapshot: ClusterSnapshot) -> ClusterSnapshot:
        """The snapshot as of the time of the dump."""
        return replace(snapshot, taken=self._dump.newest) if self._dump.newest else snapshot

    def findings(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings without those that the files cannot support."""
        return without_guesses(findings, self._present)

    def facts(self, snapshot: ClusterSnapshot) -> Json:
        """What the files are and do not show of the nodes of a snapshot."""
        concerning = {kind.plural for kind in (*owner_kinds(snapshot), *_dynamic_kinds(snapshot))}
        namespaces = {namespace for namespace, _name in self._dump.objects.get(PODS.plural, {})}
        return {
            "files": self._dump.files,
            "taken": self._dump.newest,
            "unjudged": unjudged(self._present, namespaces, logs=bool(self._dump.logs), concerning=concerning),
            "problems": self._dump.problems,
        }

    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the files."""
        problems = self._dump.problems
        return (f"The answer is partial. {' '.join(problems)}",) if problems else ()


def _dynamic_kinds(snapshot: ClusterSnapshot) -> Sequence[Kind]:
    """The kinds of dynamic resource allocation (DRA) that matter for the nodes."""
    if snapshot.dra_devices:
        return RESOURCE_CLAIMS, DEVICE_CLASSES
    silent = any(not (node.capacity or node.resources or node.windows) for node in snapshot.nodes)
    return (RESOURCE_SLICES,) if silent else ()
