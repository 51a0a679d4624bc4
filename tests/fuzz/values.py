# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that do not belong where they are put, and JSON documents with some of them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from random import Random
from typing import Any


def nested(depth: int) -> Any:
    """Lists in dictionaries in lists."""
    value: Any = []
    for level in range(depth):
        value = {"a": value} if level % 2 else [value]
    return value


ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 7, 0.5, -0.0, 2**31, 2**63, 10**400, 1e308, float("nan"), float("inf"),
    "", " ", "\x00", "\x1b[2J", "\n", "a\r\nb", "x" * 5000, "²", "٣", "\ud800", "\u202egpu", "💥",
    "1", "-1", "1e999", "9" * 400, "0x1F", "1_000",
    "true", "null", "nan", "2026-13-45", "2026-02-30T25:61:61Z", "2026-11-22T10:00:00Z", "/", "../..", "=", "a=b:NoSchedule", ":", "a:b:c",
    "http://[::1", "%", "%s", "{first}", "{0}", "(", "(a+)+$", "*", "100%", "3d", "Ki", "1Ki", "-5m", ",", "a,b", "$(x)", "{{ x }}",
    [], {}, [None], [[]], [{}], [1, "a", None], {"": None}, {"name": None}, {"a": {"b": {"c": []}}}, {"key": 1, "value": []},
    {"type": "Ready", "status": True}, [{"name": 5}], [{"name": "a"}, {"name": "a"}], {"metadata": None}, {"items": None}, nested(40),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside a document."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in below:
        yield (*path, name)
        yield from places(each, (*path, name))


def mutated(rng: Random, document: Any, changes: int = 1) -> Any:
    """A copy of the document with so many changes, anywhere in it."""
    document = copy.deepcopy(document)
    for _unused in range(changes):
        found = list(places(document))
        if not found:
            return rng.choice(ODD)
        *path, last = rng.choice(found)
        parent = document
        for name in path:
            parent = parent[name]
        _change(rng, parent, last)
    return document


def _change(rng: Random, parent: Any, name: Any) -> None:
    value = parent[name]
    how = rng.randrange(8)
    if how == 0:
        del parent[name]
    elif how == 1:
        parent[name] = None
    elif how == 2:
        parent[name] = [value]
    elif how == 3:
        parent[name] = str(value) if not isinstance(value, str) else {"value": value}
    elif how == 4:
        parent[name] = type(value)() if value is not None else ""
    else:
        parent[name] = copy.deepcopy(rng.choice(ODD))
