# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Why a controller may not create a pod: what its event means, and whether a ResourceQuota is used up or can never admit the pod."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Mapping

from ..shared.explanation import Explanation
from ..signatures.pod import CREATION, QUOTA
from ..signatures.signature import recognize
from .requests import quantity

# kubernetes staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go; each list is name=amount,name=amount
_EXCEEDED = re.compile(
    r"exceeded quota: (?P<quota>\S{1,253}), requested: (?P<requested>\S{1,2000}), used: \S{1,2000}, limited: (?P<limited>\S{1,2000})"
)
# https://kubernetes.io/docs/concepts/security/pod-security-standards/: enough for a workload; a pod that mounts the node's directories
# needs the other.
WORKLOAD_LEVEL, NODE_LEVEL = "baseline", "privileged"


def explain_creation(message: str, namespace: str, level: str) -> tuple[Explanation, str] | None:
    """The meaning of a controller's event FailedCreate, with the line that shows it; None for a message that is not known.

    Args:
        message: The event's message.
        namespace: The pod's namespace.
        level: The Pod Security level that the pod needs.
    """
    known = recognize(message, CREATION)
    if known is None:
        return None
    signature, line = known
    exceeded = _EXCEEDED.search(message) if signature is QUOTA else None
    if exceeded:
        return quota_exceeded(exceeded["quota"], _amounts(exceeded["requested"]), _amounts(exceeded["limited"]), namespace), line
    return _filled(signature.explanation, namespace, level), line


def quota_exceeded(quota: str, requested: Mapping[str, str], limited: Mapping[str, str], namespace: str) -> Explanation:
    """What it means that a quota does not admit a pod: others use it up, or it is too small even if no others exist."""
    too_small = {name: amount for name, amount in requested.items() if name in limited and quantity(amount) > quantity(limited[name])}
    if not too_small:
        return _filled(QUOTA.explanation, namespace)
    raised = " and ".join(f"{name} to at least {amount}" for name, amount in too_small.items())
    return Explanation(
        "QuotaTooSmall",
        cause=f"The pod requests more than the ResourceQuota {quota} of the namespace allows in total.",
        remedy=f"In the ResourceQuota {quota} of the namespace {namespace}, raise {raised}, or use another namespace.",
    )


def _amounts(text: str) -> dict[str, str]:
    pairs = (each.partition("=") for each in text.split(","))
    return {name: amount for name, _sign, amount in pairs}


def _filled(explanation: Explanation, namespace: str, level: str = "") -> Explanation:
    return replace(explanation, remedy=explanation.remedy.replace("{namespace}", namespace).replace("{level}", level))
