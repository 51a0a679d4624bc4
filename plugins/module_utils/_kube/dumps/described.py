# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads nodes from what 'kubectl describe nodes' prints, which is all that NVIDIA's must-gather has of them."""

from __future__ import annotations

import re
from typing import Any, Iterable, Iterator

from ..._core.shared.mappings import Json

_FIELD = re.compile(r"^(\w[\w .-]{0,60}):\s*(.*)$")
_UNDER = re.compile(r"^ {1,30}(\S.*)$")
_COLUMNS = re.compile(r" {2,}")
_TAINT = re.compile(r"(?P<key>[^=:\s]+)(?:=(?P<value>[^:]*))?:(?P<effect>\w+)")
_LISTS = ("Capacity", "Allocatable", "System Info")
_RULE = "----"
# How describe writes a time: Sat, 28 Nov 2026 10:00:00 +0000.
_TIME = re.compile(r"\w{3}, (\d{2}) (\w{3}) (\d{4}) (\d{2}:\d{2}:\d{2}) ")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_INFO = {
    "Container Runtime Version": "containerRuntimeVersion",
    "Kubelet Version": "kubeletVersion",
    "Kernel Version": "kernelVersion",
    "OS Image": "osImage",
}


def described_nodes(lines: Iterable[str]) -> Iterator[Json]:
    """The nodes that the text describes, with what the diagnosis looks at; descriptions of other kinds are left out."""
    sections: dict[str, list[str]] = {}
    name = ""
    for line in lines:
        field = _FIELD.match(line.rstrip("\n"))
        under = _UNDER.match(line.rstrip("\n"))
        if field is not None:
            if field[1] == "Name":
                yield from _nodes(sections)
                sections = {}
            name = field[1]
            sections[name] = [field[2]] if field[2] else []
        elif under is not None and name:
            sections[name].append(under[1])
    yield from _nodes(sections)


def _nodes(sections: dict[str, list[str]]) -> Iterator[Json]:
    if {"Name", "Roles", "Allocatable"} <= set(sections):
        yield _node(sections)


def _node(sections: dict[str, list[str]]) -> Json:
    name = "".join(sections["Name"])
    pairs = {part: dict(_pair(line) for line in sections.get(part, ()) if ":" in line) for part in _LISTS}
    info = {_INFO[title]: value for title, value in pairs["System Info"].items() if title in _INFO}
    spec: dict[str, Any] = {"taints": _taints(sections.get("Taints", []))}
    provider = "".join(sections.get("ProviderID", []))
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "uid": f"described-{name}", "labels": _equals(sections.get("Labels", []))},
        "spec": {
            **spec,
            **({"providerID": provider} if provider else {}),
            **({"unschedulable": True} if sections.get("Unschedulable") == ["true"] else {}),
        },
        "status": {
            "capacity": pairs["Capacity"],
            "allocatable": pairs["Allocatable"],
            "nodeInfo": info,
            "conditions": _conditions(sections.get("Conditions", [])),
        },
    }


def _pair(line: str) -> tuple[str, str]:
    title, _colon, value = line.partition(":")
    return title.strip(), value.strip()


def _equals(lines: list[str]) -> dict[str, str]:
    return {key: value for key, _sign, value in (line.strip().partition("=") for line in lines) if key and key != "<none>"}


def _taints(lines: list[str]) -> list[dict[str, str]]:
    found = (_TAINT.fullmatch(line.strip()) for line in lines)
    return [{name: value for name, value in taint.groupdict().items() if value} for taint in found if taint is not None]


def _conditions(lines: list[str]) -> list[dict[str, str]]:
    """Type, status, heartbeat, last transition, reason and message, in columns; the first two lines are their titles."""
    names = ("type", "status", "lastHeartbeatTime", "lastTransitionTime", "reason", "message")
    rows = [_COLUMNS.split(line.strip(), maxsplit=5) for line in lines[2:] if not line.startswith(_RULE)]
    known = [dict(zip(names, row, strict=False)) for row in rows if len(row) > 1]
    return [{name: _time(value) if name.endswith("Time") else value for name, value in each.items()} for each in known]


def _time(words: str) -> str:
    match = _TIME.match(words)
    if match is None or match[2] not in _MONTHS:
        return ""
    return f"{match[3]}-{_MONTHS.index(match[2]) + 1:02}-{match[1]}T{match[4]}Z"
