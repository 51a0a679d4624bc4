# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Whether the Job that exists is the one that is wanted, field by field, allowing for what a queue adds."""

from __future__ import annotations

from typing import Any, Mapping

from ..scheduling.node_facts import POOL_LABEL, POOL_LABELS
from ..shared.mappings import Json
from .manifest import QUEUE_LABEL

# What decides beside the template what a Job's end means.
_DECISIVE = ("completions", "parallelism", "completionMode", "manualSelector", "successPolicy", "podFailurePolicy", "managedBy")
# The Job controller's own labels.
_GENERATED = ("controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name")
# Both have fields of these names.
_OF_CONTAINER = {"securityContext": "securityContext of the container", "restartPolicy": "restartPolicy of the container"}
_OF_POD = {"resources": "resources of the pod"}
# Longer names would not fit the labels that the controller makes of them.
_NAME = 54
_SUFFIX = 8


def stand_in(manifest: Json, live: Json) -> dict[str, Any]:
    """The wanted Job under a name that is free, beside the live one, to be told what the API server and its policies would make of it."""
    metadata = manifest["metadata"]
    return {**manifest, "metadata": {**metadata, "name": f"{metadata['name'][:_NAME]}-{live['metadata']['uid'][:_SUFFIX]}"}}


def differences(live: Json, wanted: Json) -> dict[str, tuple[Any, Any]]:
    """Field → (live, wanted) of what makes the Job another one; wanted is what the API server would make of the manifest.

    Of the live Job's, everything counts: a command, a container or a volume that nobody asked for would make its log prove nothing.
    A queue adds node selectors, tolerations, labels and annotations when it admits a Job. A Job that is not held to a pool is one of any:
    where its pod ran decides.
    """
    found, asked = _flat(live), _flat(wanted)
    if _queue(live):
        _without_additions(found, asked)
    queues = {"queue": (_queue(live), _queue(wanted))} if _queue(wanted) and _queue(live) != _queue(wanted) else {}
    pools = held_to(live), held_to(wanted)
    if all(pools) and pools[0] != pools[1]:
        return {"pool": pools}
    if not found.get("affinity") and asked.get("affinity") == pool_rule(held_to(wanted)):
        found["affinity"] = asked["affinity"]
    fields = list(dict.fromkeys([*asked, *found]))
    return {**queues, **{name: (found.get(name), asked.get(name)) for name in fields if found.get(name) != asked.get(name)}}


def _queue(job: Json) -> str:
    return str((job["metadata"].get("labels") or {}).get(QUEUE_LABEL) or "")


def _flat(job: Json) -> dict[str, Any]:
    """What decides, in pieces that a person knows: the fields of the workload's container beside those of its pod."""
    spec, template = job["spec"], job["spec"]["template"]
    pod, metadata = template["spec"], template.get("metadata") or {}
    first, *others = pod["containers"]
    labels = {name: value for name, value in (metadata.get("labels") or {}).items() if name not in _GENERATED}
    flat = {
        **{_OF_CONTAINER.get(name, name): value for name, value in first.items()},
        **{_OF_POD.get(name, name): value for name, value in pod.items() if name != "containers"},
        "more containers": [container["name"] for container in others],
        **{name: spec.get(name) for name in _DECISIVE},
        "labels": labels,
        "annotations": metadata.get("annotations") or {},
    }
    return {name: value for name, value in flat.items() if value not in (None, {}, [], "")}


def _without_additions(found: dict[str, Any], asked: Mapping[str, Any]) -> None:
    """Take out of the live Job's fields what a queue may have added to them."""
    for name in ("nodeSelector", "labels", "annotations"):
        kept = {key: value for key, value in found.get(name, {}).items() if key in asked.get(name, {})}
        found.update({name: kept} if kept else {name: asked.get(name)})
    found["tolerations"] = [each for each in found.get("tolerations", ()) if each in asked.get("tolerations", ())] or None
    found.pop("schedulingGates", None)


def held_to(job: Json) -> str:
    """The pool that the Job's pods are held to, "" for any: what a rule of ours says, or a node selector."""
    spec = job["spec"]["template"]["spec"]
    for label in POOL_LABELS:
        if label in (spec.get("nodeSelector") or {}):
            return str(spec["nodeSelector"][label])
    rule = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    named = {
        tuple(expression.get("values") or ())
        for term in rule.get("nodeSelectorTerms") or ()
        for expression in term.get("matchExpressions") or ()
        if expression.get("key") in POOL_LABELS and expression.get("operator") == "In"
    }
    pools = next(iter(named)) if len(named) == 1 else ()
    return str(pools[0]) if len(pools) == 1 else ""


def pool_rule(pool: str) -> dict[str, Any]:
    """The affinity that holds a pod to a pool."""
    expression = {"key": POOL_LABEL, "operator": "In", "values": [pool]}
    term = {"matchExpressions": [expression]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}
