# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.
"""The operation behind gpu_collect: gathers what a diagnosis reads of a cluster into one redacted archive."""

from __future__ import annotations

import io
import json
import tarfile
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Iterable, Iterator, Mapping, Sequence

from .._core.nodes.gpu_operator import CHANGING_APPS
from .._core.nodes.labels import checked_value
from .._core.scheduling.device_plugins import mounts_device_plugins_dir
from .._core.scheduling.node_facts import is_gpu_node, pool_of
from .._core.schemas.kubernetes_lists import Node, Pod
from .._core.schemas.kubernetes_objects import Event
from .._core.shared.change import Change
from .._core.shared.mappings import Json
from .._core.verify.redaction import redacted, redacted_text
from .._errors import InvalidInputError, KubernetesError
from .._files import PRIVATE, replacement
from .._kube.bulk import pods_on
from .._kube.client import KubeClient
from .._kube.connection.settings import kube_settings
from .._kube.decode import Decoder, slimmed
from .._kube.dumps.kinds import BY_PLURAL, DUMP_KINDS
from .._kube.logs.pod_log import last_lines
from .._kube.resources import CONFIG_MAPS, DAEMONSETS, EVENTS, NODES, PODS, Kind
from .arguments import CLUSTER_CONSTRAINTS, KUBE_LIBRARIES, cluster_arguments, kube_arguments
from .operation import Operation, Outcome, Run
from .target_cluster import connected, target_cluster

_PODS = Decoder(Pod)
_SECONDS = 600.0
# The cause is the same on most nodes, so that the logs of some plugin pods tell it.
_LOGS = 50
_STATUS = ("cluster-autoscaler-status", "kube-system")
_FOLDER = "gpuops-aks-collect"


@dataclass
class _Gathered:
    """The files of the archive by their names, and what could not be read, with the reason."""

    files: dict[str, bytes] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def keep(self, kind: Kind, items: Iterable[Json]) -> None:
        """The objects of a kind as a list, which says that the kind was read even if it is empty."""
        kept = [redacted(each) for each in items]
        self.counts[kind.plural] = len(kept)
        self.files[f"{kind.plural}.json"] = json.dumps({"kind": f"{BY_PLURAL[kind.plural].name}List", "items": kept}, indent=1).encode()


def _gather(client: KubeClient, pool: str) -> _Gathered:
    """Everything that a diagnosis reads; what the user may not read is left out, except for the nodes. Raises KubernetesError."""
    gathered = _Gathered()
    nodes = _nodes(client, pool)
    gathered.keep(NODES, nodes)
    names = _names(nodes if pool else filter(is_gpu_node, nodes))
    daemonsets = _read(gathered, DAEMONSETS, lambda: _plugins(client))
    pods = _read(gathered, PODS, lambda: _pods(client, names))
    serving = [pod for pod in pods if mounts_device_plugins_dir(pod["spec"])]
    _read(gathered, EVENTS, lambda: _events(client, {*names, *_names(daemonsets), *_names(serving)}))
    _read(gathered, CONFIG_MAPS, lambda: list(_config_maps(client, daemonsets)))
    for kind in (each.kind for each in DUMP_KINDS if each.whole):
        _read(gathered, kind, lambda kind=kind: client.list(kind))
    for pod in (*serving[:_LOGS], *list(filter(_changes_nodes, pods))[:_LOGS]):
        _keep_logs(gathered, client, pod)
    return gathered


def _read(gathered: _Gathered, kind: Kind, read: Any) -> Sequence[Json]:
    try:
        items: Sequence[Json] = read()
    except KubernetesError as error:
        if error.status == HTTPStatus.NOT_FOUND:  # the cluster does not have the kind
            gathered.keep(kind, [])
        else:
            gathered.unread[kind.plural] = error.message
        return []
    gathered.keep(kind, items)
    return items


def _changes_nodes(pod: Json) -> bool:
    """Whether it is a pod of the GPU Operator whose log says why a node does not serve its GPUs."""
    return (pod["metadata"].get("labels") or {}).get("app") in CHANGING_APPS


def _names(items: Iterable[Json]) -> list[str]:
    return [each["metadata"]["name"] for each in items]


def _nodes(client: KubeClient, pool: str) -> list[Json]:
    """The nodes, also those without GPUs: of a pool that is named, a diagnosis says that it has none."""
    return [_node(each) for each in client.list(NODES) if not pool or pool_of(each) == pool]


def _node(item: Json) -> Json:
    """A node with the fields that are read, and with the time of its newest report, which is the time of the archive."""
    conditions = (item.get("status") or {}).get("conditions") or ()
    beats = {each["type"]: each.get("lastHeartbeatTime") for each in conditions}
    node: Json = slimmed(item, Node)
    for each in (node.get("status") or {}).get("conditions") or ():
        each["lastHeartbeatTime"] = beats[each["type"]]
    return node


def _plugins(client: KubeClient) -> list[Json]:
    return [each for each in client.list(DAEMONSETS) if mounts_device_plugins_dir(each["spec"]["template"]["spec"])]


def _pods(client: KubeClient, nodes: Sequence[str]) -> list[Json]:
    """The pods on the nodes, and those of device plugins that wait for one."""
    selected = set(nodes)
    found = (_PODS.slim(pod) for page in pods_on(nodes, client, _PODS) for pod in page)
    return [pod for pod in found if pod["spec"].get("nodeName") in selected or mounts_device_plugins_dir(pod["spec"])]


def _events(client: KubeClient, names: set[str]) -> list[Json]:
    """The events about objects of these names."""
    return [slimmed(each, Event) for each in client.list(EVENTS) if (each.get("involvedObject") or {}).get("name") in names]


def _config_maps(client: KubeClient, daemonsets: Sequence[Json]) -> Iterator[Json]:
    """The autoscaler's status, and the configurations that device plugins mount."""
    wanted = {_STATUS}
    for each in daemonsets:
        volumes = each["spec"]["template"]["spec"].get("volumes") or ()
        wanted |= {(volume["configMap"].get("name", ""), each["metadata"]["namespace"]) for volume in volumes if volume.get("configMap")}
    for name, namespace in sorted(wanted):
        found = client.find(CONFIG_MAPS, name, namespace)
        if found is not None:
            yield found


def _keep_logs(gathered: _Gathered, client: KubeClient, pod: Json) -> None:
    metadata = pod["metadata"]
    for container in (*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())):
        name = f"logs/{metadata['namespace']}/{metadata['name']}/{container['name']}.log"
        try:
            text = last_lines(client, metadata["name"], metadata["namespace"], container["name"])
        except KubernetesError as error:
            gathered.unread["pods/log"] = error.message
            return
        if text:
            gathered.files[name] = redacted_text(text).encode()


def _write(path: Path, files: Mapping[str, bytes]) -> None:
    """Write the archive, for its owner only. Raises InvalidInputError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacement(path, mode=PRIVATE) as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
            for name, content in sorted(files.items()):
                member = tarfile.TarInfo(f"{_FOLDER}/{name}")
                member.size, member.mtime, member.mode = len(content), int(time.time()), PRIVATE
                archive.addfile(member, io.BytesIO(content))
    except OSError as error:
        raise InvalidInputError(
            f"The archive cannot be written to {path}.",
            code="UnwritableFile",
            cause=f"{error.strerror}.",
            remedy="Check the path and its permissions, or set another file (dest: FILE).",
        ) from error


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    path, pool = Path(params["dest"]).expanduser(), checked_value("pool", params["pool"])
    settings = kube_settings(params, run.environ)
    with connected(settings, target_cluster(params, run), run, wait_timeout=_SECONDS) as client:
        gathered = _gather(client, pool)
    if not run.check_mode:
        _write(path, gathered.files)
        run.writes.note()
    warnings = [f"Not in the archive: {kind} ({why.rstrip('.')})." for kind, why in gathered.unread.items()]
    logs = sum(name.startswith("logs/") for name in gathered.files)
    result = {"dest": str(path), "objects": gathered.counts, "logs": logs, "unread": gathered.unread}
    return Outcome(result, (Change(str(path), {}, {"files": sorted(gathered.files)}),), tuple(warnings))


def _arguments() -> dict[str, Any]:
    return {
        **kube_arguments(),
        **cluster_arguments(),
        "pool": {"type": "str", "default": ""},
        "dest": {"type": "path", "required": True},
    }


OPERATION = Operation(_arguments(), _run, KUBE_LIBRARIES, CLUSTER_CONSTRAINTS)
