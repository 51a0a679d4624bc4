# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Taints and tolerations: parsed from the string that Azure accepts, and matched by the scheduler's rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Sequence

from ..._errors import InvalidInputError

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
SPOT_KEY = "kubernetes.azure.com/scalesetpriority"  # of the taint that AKS sets on the nodes of spot pools
_TEXT = re.compile(r"(?P<key>[^=:\s]+)(=(?P<value>[^=:\s]*))?:(?P<effect>\w+)")


@dataclass(frozen=True)
class Taint:
    """A node's taint, as Kubernetes has it (https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/)."""

    key: str
    value: str
    effect: str

    def __str__(self) -> str:
        """The form that Azure, kubectl and the role variables use."""
        return f"{self.key}={self.value}:{self.effect}" if self.value else f"{self.key}:{self.effect}"

    @property
    def blocks(self) -> bool:
        """Whether it keeps a pod off the node; PreferNoSchedule is only a preference."""
        return self.effect != "PreferNoSchedule"


def parse_taint(text: str) -> Taint:
    """Taint of `key=value:Effect` or `key:Effect`. Raises InvalidInputError."""
    match = _TEXT.fullmatch(text)
    if match is None or match["effect"] not in EFFECTS:
        raise InvalidInputError(
            f"The taint '{text}' is not of the form key=value:Effect.",
            code="InvalidTaint",
            cause=f"The effect must be one of {', '.join(EFFECTS)}.",
            remedy="Use a taint such as 'sku=gpu:NoSchedule'.",
        )
    return Taint(match["key"], match["value"] or "", match["effect"])


def parse_taints(texts: Iterable[str]) -> list[Taint]:
    """The taints of these strings, in order. Raises InvalidInputError for the first one that is malformed."""
    return [parse_taint(text) for text in texts]


def taints_of_node(node: Mapping[str, Any]) -> list[Taint]:
    """The taints in a Node object's spec."""
    return [Taint(taint["key"], taint.get("value") or "", taint["effect"]) for taint in node["spec"].get("taints") or []]


def toleration_for(taint: Taint) -> dict[str, str]:
    """The narrowest toleration of a taint, in the form that the AKS documentation uses."""
    if not taint.value:
        return {"key": taint.key, "operator": "Exists", "effect": taint.effect}
    return {"key": taint.key, "operator": "Equal", "value": taint.value, "effect": taint.effect}


def tolerations_for(node_taints: Sequence[str], extra: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Tolerations for a pool's taints, and the additional ones, without duplicates. Raises InvalidInputError for a malformed taint."""
    wanted: list[dict[str, Any]] = []
    for toleration in [*extra, *(toleration_for(taint) for taint in parse_taints(node_taints))]:
        if dict(toleration) not in wanted:
            wanted.append(dict(toleration))
    return wanted


def tolerates(tolerations: Iterable[Mapping[str, Any]], taint: Taint) -> bool:
    """Whether one of the tolerations matches the taint, by the scheduler's rules: no key means every key, no effect every effect."""
    return any(_matches(toleration, taint) for toleration in tolerations)


def _matches(toleration: Mapping[str, Any], taint: Taint) -> bool:
    if toleration.get("effect") not in (None, "", taint.effect):
        return False
    if toleration.get("key") not in (None, "", taint.key):
        return False
    if toleration.get("operator") == "Exists":
        return True
    return bool(toleration.get("key")) and (toleration.get("value") or "") == taint.value


def untolerated(tolerations: Iterable[Mapping[str, Any]], taints: Iterable[Taint]) -> list[Taint]:
    """The taints that keep a pod with these tolerations off a node."""
    given = list(tolerations)
    return [taint for taint in taints if taint.blocks and not tolerates(given, taint)]
