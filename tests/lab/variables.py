# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment variables of a container and their use in its command, as pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

# $$ stands for a $; a name that is not known is left as it is (kubernetes third_party/forked/golang/expansion).
_REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")


class UnknownSourceError(Exception):
    """A variable has a source that the lab cannot read."""


def fields(pod: Mapping[str, Any], *, host_ip: str) -> dict[str, str]:
    """The fields of a pod that a variable can refer to."""
    metadata, spec = pod["metadata"], pod["spec"]
    keyed = {f"metadata.{kind}['{key}']": value for kind in ("labels", "annotations") for key, value in (metadata.get(kind) or {}).items()}
    return {
        "metadata.name": metadata["name"],
        "metadata.namespace": metadata["namespace"],
        "metadata.uid": metadata["uid"],
        "spec.nodeName": spec.get("nodeName", ""),
        "spec.serviceAccountName": spec.get("serviceAccountName", ""),
        "status.hostIP": host_ip,
        **keyed,
    }


def values(env: Iterable[Mapping[str, Any]], pod_fields: Mapping[str, str]) -> dict[str, str]:
    """The variables in their order; each may refer to those before it."""
    found: dict[str, str] = {}
    for item in env:
        found[item["name"]] = _field(item, pod_fields) if "valueFrom" in item else expanded(item.get("value", ""), found)
    return found


def _field(item: Mapping[str, Any], pod_fields: Mapping[str, str]) -> str:
    source = item["valueFrom"]
    path = source.get("fieldRef", {}).get("fieldPath")
    if path in pod_fields:
        return pod_fields[path]
    # Like the kubelet, "" for a label or annotation that the pod does not have.
    if path is not None and path.endswith("']"):
        return ""
    raise UnknownSourceError(f"the lab cannot read the source of the variable {item['name']}: {path or ', '.join(source)}")


def expanded(text: str, known: Mapping[str, str]) -> str:
    """The text with $(NAME) replaced by the variable of that name."""
    return _REFERENCE.sub(lambda match: "$" if match[1] is None else known.get(match[1], match[0]), text)
