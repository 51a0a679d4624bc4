# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two PUT bodies for the same wish, and which of their differences have a reason: pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ABSENT = "absent"
ANY = "any value"


@dataclass(frozen=True)
class Difference:
    """A member that the bodies don't agree on; ABSENT where one hasn't it."""

    path: str
    azs: Any
    ours: Any

    def __str__(self) -> str:
        """As the table shows it."""
        return f"{self.path}: {shown(self.azs)} by az, {shown(self.ours)} by us"


@dataclass(frozen=True)
class Reason:
    """A difference that is meant to be, wherever it occurs; ANY stands for whatever is sent."""

    path: str
    azs: Any
    ours: Any
    why: str

    def __str__(self) -> str:
        """As the footnote says it."""
        return f"{shown(self.azs)} by az, {shown(self.ours)} by us: {self.why}"

    def explains(self, difference: Difference) -> bool:
        """Whether this is the difference that it speaks of."""
        pairs = ((self.azs, difference.azs), (self.ours, difference.ours))
        return self.path == difference.path and all(reason in (ANY, sent) for reason, sent in pairs)


def shown(value: Any) -> str:
    """A value as it is on the wire."""
    return value if value in (ABSENT, ANY) else json.dumps(value)


def compare(azs: Mapping[str, Any], ours: Mapping[str, Any]) -> list[Difference]:
    """Every member that is not the same in both; objects are compared member by member, lists of objects entry by entry."""
    mine, theirs = dict(_leaves(ours)), dict(_leaves(azs))
    paths = sorted({*mine, *theirs})
    return [
        Difference(path, theirs.get(path, ABSENT), mine.get(path, ABSENT))
        for path in paths
        if theirs.get(path, ABSENT) != mine.get(path, ABSENT) or type(theirs.get(path)) is not type(mine.get(path))
    ]


def _leaves(value: Any, path: str = "") -> Iterable[tuple[str, Any]]:
    members: Iterable[tuple[Any, Any]]
    if isinstance(value, Mapping) and value:
        members = value.items()
    elif isinstance(value, Sequence) and value and isinstance(value[0], Mapping):
        members = enumerate(value)
    else:
        return [(path, value)] if path else []
    return [leaf for name, member in members for leaf in _leaves(member, f"{path}.{name}" if path else str(name))]


def unexplained(differences: Iterable[Difference], reasons: Sequence[Reason]) -> list[Difference]:
    """The differences that none of the reasons explains."""
    return [each for each in differences if not any(reason.explains(each) for reason in reasons)]
