# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The node affinity that keeps the device plugin on the chosen pools, combined with the user's own."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ..._errors import InvalidInputError
from ..nodes.labels import checked_key
from ..scheduling.node_facts import POOL_LABEL, POOL_LABELS
from ..shared.mappings import Json, listing, mapping

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def pool_affinity(affinity: Json, pools: Sequence[str], node_selector: Mapping[str, str]) -> dict[str, Any]:
    """The affinity, restricted to the nodes of these pools. Raises InvalidInputError if it is malformed, or no node could meet it.

    Args:
        affinity: The user's own affinity.
        pools: The node pools, [] for any.
        node_selector: The node selector that applies as well.
    """
    node_rules = mapping(affinity.get("nodeAffinity"), "nodeAffinity", _malformed)
    required = mapping(node_rules.get(_REQUIRED), _REQUIRED, _malformed)
    terms = _terms(required)
    if not pools:
        return dict(affinity)
    other = next((node_selector[label] for label in POOL_LABELS if label in node_selector and node_selector[label] not in pools), None)
    if other is not None:
        raise InvalidInputError(
            f"node_selector selects the pool {other}, but pools contains {', '.join(pools)}.",
            code="ContradictingOptions",
            cause="No node belongs to both.",
            remedy="Set the pools in only one of the two options.",
        )
    rule = {"key": POOL_LABEL, "operator": "In", "values": sorted(pools)}
    held = [{**term, "matchExpressions": [*(term.get("matchExpressions") or ()), rule]} for term in terms or [{}]]
    return {**affinity, "nodeAffinity": {**node_rules, _REQUIRED: {"nodeSelectorTerms": held}}}


def _terms(required: Json) -> list[Json]:
    """The affinity's terms, of which a node has to meet one. Raises InvalidInputError if the affinity is malformed."""
    terms = [
        mapping(term, "nodeSelectorTerms[]", _malformed)
        for term in listing(required.get("nodeSelectorTerms"), "nodeSelectorTerms", _malformed)
    ]
    for term in terms:
        for part in ("matchExpressions", "matchFields"):
            for expression in listing(term.get(part), part, _malformed):
                key = mapping(expression, part, _malformed).get("key")
                if not key:
                    raise _malformed(f"an expression of {part} has no key")
                checked_key("affinity", str(key))
                listing(expression.get("values"), "values", _malformed)
    return terms


def _malformed(why: str) -> InvalidInputError:
    return InvalidInputError(
        f"affinity is not valid in Kubernetes: {why}.",
        code="InvalidAffinity",
        cause="The API server would reject the DaemonSet's pods.",
        remedy="Set affinity as in a pod's spec, which 'kubectl explain pod.spec.affinity' describes.",
    )
