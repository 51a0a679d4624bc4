# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What a dump holds: the objects of the kinds that the diagnosis reads, each as small as it can be, and the ends of logs."""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Iterable, Iterator, Sequence

from ..._core.scheduling.device_plugins import mounts_device_plugins_dir
from ..._core.scheduling.requests import is_quantity
from ..._core.schemas.validation import FormError, require_form
from ..._core.shared.mappings import Json
from ..decode import slimmed
from ..resources import CONFIG_MAPS, DAEMONSETS, EVENTS, NODES, PODS, Kind
from .broken import BrokenTextError
from .described import described_nodes
from .files import DAMAGED, DumpFile, damage, dump_files
from .json_text import JsonText, json_object
from .kinds import BY_NAME, BY_PLURAL, DumpKind
from .problems import Problems
from .yaml_text import yaml_objects

# kubectl cluster-info dump; kubectl logs --prefix, which NVIDIA's must-gather runs; the archive of gpuops.aks.collect.
_START = re.compile(r"==== START logs for container (\S{1,260}) of pod (\S{1,260})/(\S{1,260}) ====")
_PREFIX = re.compile(r"\[pod/([^/\]]{1,260})/([^\]]{1,260})\] ?(.*)")
_PLACE = re.compile(r"(?:^|/)logs/([^/]{1,260})/([^/]{1,260})/([^/]{1,260}?)(?:\.previous)?\.log$")
_YAML = re.compile(r"(?:- )?(?:apiVersion|kind|items|metadata):")
# What comes before the first object: warnings of kubectl and its log, comments, a prompt, a fence of Markdown, the mark of a YAML document.
_BEFORE = re.compile(r"(?:Warning:|[IWE]\d{4} |#|\$ |PS [A-Z]:\\|```|---\s*$)")
_NONE = "No resources found"
_DESCRIBED = re.compile(r"Name: {2,}\S")
# What kubectl prints without --output: the kind by a column that no other kind has.
_TABLE = re.compile(r"(?:NAMESPACE {2,})?NAME {2,}(?P<columns>[A-Z][A-Z \t()-]*)")
_COLUMNS = {"ROLES": "Node", "RESTARTS": "Pod", "DESIRED": "DaemonSet"}
_OBJECTS = (".json", ".yaml", ".yml")
_HEAD = 512
_LINES, _WIDTH = 200, 4000
_LARGEST_MAP = 1 << 18
# How much is kept of everything together, and of each kind and of logs, so that no dump fills the memory. What is not looked up but looked
# at with all others of its kind takes more; for 5,000 nodes, and 150,000 pods, which is the most that Kubernetes supports, there is room.
_MOST, _MOST_OF_EACH = 128 << 20, 32 << 20
_LOOKED_UP = (PODS, EVENTS, CONFIG_MAPS)
_PLUGIN_PODS, _LOGS = "pods of device plugins", "logs"
_MOST_OF = {PODS.plural: _MOST, NODES.plural: 48 << 20}
# What Python needs in addition to the text: for an object, for one that is looked at with all others, for a log, for a line of it.
_EACH, _EACH_DECODED, _EACH_LOG, _EACH_LINE = 250, 2000, 1000, 60


@dataclass
class Dump:
    """The content of a dump. objects: by kind, namespace and name, as JSON. logs: by namespace ("" if unknown), pod and container."""

    objects: dict[str, dict[tuple[str, str], bytes]] = field(default_factory=dict)
    logs: dict[tuple[str, str, str], deque[str]] = field(default_factory=dict)
    files: int = 0
    newest: str = ""  # the last time at which a kubelet reported, which is about when the dump was made
    _tables: dict[str, str] = field(default_factory=dict)  # the kinds of which there are only tables, and a file with one
    _problems: Problems = field(default_factory=Problems)
    _kept: Counter[str] = field(default_factory=Counter)  # bytes by kind, and of logs
    _full: set[str] = field(default_factory=set)

    @property
    def problems(self) -> list[str]:
        """What is wrong with the files."""
        return self._problems.texts()

    def has(self, kind: Kind) -> bool:
        """Whether the dump contains objects of the kind, or an empty list of them."""
        return kind.plural in self.objects

    def of(self, kind: Kind) -> Iterable[bytes]:
        """The objects of a kind."""
        return self.objects.get(kind.plural, {}).values()

    def read(self, paths: Sequence[str]) -> None:
        """Read all files of the paths; what cannot be read is a problem."""
        for each in dump_files(paths):
            self.files += 1
            if not isinstance(each, DumpFile):
                self._problems.add(f"{each.name}: {each.why}.")
                continue
            problem = self._problem_of(each)
            if problem:
                self._problems.add(f"{each.name}: {problem}. What comes before it was read.")
        for kind, name in self._tables.items():
            if not self.has(BY_NAME[kind].kind):
                self._problems.add(f"{name}: it is a table, which lacks most of a {kind}. Add '--output json' to kubectl's command.")

    def _problem_of(self, file: DumpFile) -> str:
        """Read a file; what is wrong with it, "" if nothing is."""
        problem = ""
        try:
            self._read(file)
        except BrokenTextError as error:
            problem = str(error)
        except DAMAGED as error:
            problem = damage(error)
        return damage(file.damages[0]) if file.damages else problem

    def _read(self, file: DumpFile) -> None:
        """Read a file by what it contains: its name may be anything."""
        text, place = JsonText(file.text), _PLACE.search(file.name)
        if place is not None or file.name.endswith(".log") or text.peek(_HEAD).startswith("[pod/"):
            self._take_log(text.lines(), place.group(1, 2, 3) if place is not None else ("", "", ""))
        else:
            self._read_objects(text, file.name)

    def _read_objects(self, text: JsonText, name: str) -> None:
        while _BEFORE.match(text.peek(_HEAD).partition("\n")[0]):
            text.line()
        head = text.peek(_HEAD)
        if head.startswith(("{", "[", "====")):
            self._take_json(text, name)
        elif _YAML.match(head):
            self._take(yaml_objects(text.lines(), BY_NAME.__contains__, partial(self._leave_out_long, name)), name)
        elif _DESCRIBED.match(head):
            self._take(described_nodes(text.lines()), name)
        else:
            self._note_other_text(head, name)

    def _note_other_text(self, head: str, name: str) -> None:
        """What kubectl prints in place of objects."""
        if (table := _TABLE.match(head)) is not None:
            self._tables.update({_COLUMNS[each]: name for each in table["columns"].split() if each in _COLUMNS})
        elif head.startswith(_NONE):
            self._note_list(_kind_by_name(name))
        elif name.endswith(_OBJECTS) and head:
            raise BrokenTextError("it has no object of Kubernetes in JSON or YAML")

    def _take_json(self, text: JsonText, name: str) -> None:
        """Objects in JSON, and the logs that cluster-info dump prints between them."""
        while text.next():
            if text.peek(4) == "====":
                self._take_marked_log(text)
            elif text.peek(3) == "```":
                return
            else:
                self._take(json_object(text), name)

    def _take_marked_log(self, text: JsonText) -> None:
        lines = iter(text.line, "")
        start = _START.match(next(lines))
        for line in lines:
            if line.startswith("==== END logs"):
                return
            if start is not None:
                self._log((start[2], start[3], start[1]), line)

    def _take_log(self, lines: Iterable[str], place: tuple[str, ...]) -> None:
        namespace, pod, container = place
        for line in lines:
            start, prefixed = _START.match(line), _PREFIX.match(line)
            if start is not None:
                container, namespace, pod = start.groups()
            elif prefixed is not None:
                self._log(("", prefixed[1], prefixed[2]), prefixed[3])
            elif pod and not line.startswith("==== END logs"):
                self._log((namespace, pod, container), line)

    def _log(self, place: tuple[str, str, str], line: str) -> None:
        """Keep a line of a log, of which the last ones count."""
        if place not in self.logs and self._has_room(_LOGS, _EACH_LOG):
            self.logs[place] = deque(maxlen=_LINES)
        lines, kept = self.logs.get(place), line.rstrip("\n")[:_WIDTH]
        if lines is not None and self._has_room(_LOGS, len(kept) - len(lines[0]) if len(lines) == _LINES else len(kept) + _EACH_LINE):
            lines.append(kept)

    def _has_room(self, part: str, size: int) -> bool:
        """Whether to keep this much more of a kind, or of logs. The first refusal is recorded as a problem."""
        most = _MOST_OF.get(part, _MOST_OF_EACH)
        if self._kept[part] + size <= most and self._kept.total() + size <= _MOST:
            self._kept[part] += size
            return True
        if part not in self._full:
            self._full.add(part)
            self._problems.add(f"There is too much to keep of {part}. Only the first {self._kept[part] >> 20} MiB were read.")
        return False

    def _take(self, objects: Iterator[Json], name: str) -> None:
        for each in objects:
            kind = str(each.get("kind") or "")
            if kind.endswith("List"):
                self._take_list(kind.removesuffix("List") or _kind_by_name(name), each.get("items"), name)
            elif kind in BY_NAME:
                self._keep(BY_NAME[kind], each, name)

    def _take_list(self, kind: str, items: Any, name: str) -> None:
        """The end of a list, whose items have been taken."""
        if items:
            self._problems.add(f"{name}: the items of a list are not a list.")
        else:
            self._note_list(kind)

    def _note_list(self, kind: str) -> None:
        """A list says that its kind was asked for, even if it is empty."""
        if kind in BY_NAME:
            self.objects.setdefault(BY_NAME[kind].kind.plural, {})

    def _keep(self, row: DumpKind, item: Json, name: str) -> None:
        kind = row.kind
        if kind.plural in self._full:
            return
        try:
            full = _completed(kind, item)
            require_form(full, kind.shape)
            if kind is NODES:
                _require_quantities(full)
        except FormError as error:
            self._leave_out(name, row.name, str(error))
            return
        if kind is NODES:
            self.newest = max([self.newest, *_heartbeats(item)])
        data = json.dumps(slimmed(full, kind.shape) if row.slim else full, separators=(",", ":")).encode()
        found = self.objects.setdefault(kind.plural, {})
        if _is_needed(kind, full, data) and self._has_room(*_room_for(kind, full, data)):
            metadata = full["metadata"]
            found[(metadata.get("namespace", ""), metadata["name"])] = data

    def _leave_out(self, name: str, kind: str, why: str) -> None:
        self._problems.add(f"{name}: a {kind} was left out: {why}.")

    def _leave_out_long(self, name: str, kind: str, why: str) -> None:
        """The same for an object that was not decoded, if it may have been needed."""
        if kind in BY_NAME and BY_NAME[kind].kind is not CONFIG_MAPS:
            self._leave_out(name, kind, why)


def _completed(kind: Kind, item: Json) -> Json:
    """The object with what the API server always gives and people cut out of files. Raises FormError for one without a name."""
    metadata = item.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
        raise FormError("it has no name")
    namespace = {"namespace": str(metadata.get("namespace") or "default")} if kind.namespaced else {}
    kept = {name: value for name, value in metadata.items() if name != "managedFields"}
    return {**item, "spec": item.get("spec") or {}, "metadata": {"uid": f"{kind.plural}/{metadata['name']}", **kept, **namespace}}


def _room_for(kind: Kind, item: Json, data: bytes) -> tuple[str, int]:
    """What the object counts as, and how much memory it takes, later included."""
    if kind is PODS and mounts_device_plugins_dir(item["spec"]):
        return _PLUGIN_PODS, len(data) + _EACH_DECODED
    return kind.plural, len(data) + (_EACH if kind in _LOOKED_UP else _EACH_DECODED)


def _is_needed(kind: Kind, item: Json, data: bytes) -> bool:
    """Whether a diagnosis reads it. Most DaemonSets are no device plugins, and most large ConfigMaps no settings of one."""
    if kind is DAEMONSETS:
        return mounts_device_plugins_dir(item["spec"]["template"]["spec"])
    return kind is not CONFIG_MAPS or len(data) < _LARGEST_MAP


def _require_quantities(node: Json) -> None:
    """Raises FormError for an amount of a resource that the API server would not have accepted."""
    for part in ("capacity", "allocatable"):
        for resource, amount in ((node.get("status") or {}).get(part) or {}).items():
            if not is_quantity(amount):
                raise FormError(f"status.{part} has {str(amount)[:40]!r} of {resource}, which is not a quantity")


def _kind_by_name(name: str) -> str:
    """The kind that a file is named after, "" if it is none: of an empty List, nothing else says what it is a list of."""
    words = re.split(r"[^a-z]+", name.lower().rpartition("/")[2])
    return next((row.name for plural, row in BY_PLURAL.items() if plural in words), "")


def _heartbeats(node: Json) -> list[str]:
    conditions: Any = (node.get("status") or {}).get("conditions") or ()
    return [str(each.get("lastHeartbeatTime") or "") for each in conditions if isinstance(each, dict)]
