# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Whether the existing Job is the wanted one, field by field, except for fields that a queue adds."""

from __future__ import annotations

from typing import Any, Mapping

from ..scheduling.node_facts import POOL_LABEL, POOL_LABELS
from ..scheduling.selectors import required_terms
from ..shared.mappings import Json
from ..shared.ownership import MARK
from .manifest import QUEUE_LABEL

# The fields outside the template that decide what the end of a Job means.
_DECISIVE = ("completions", "completionMode", "manualSelector", "successPolicy", "podFailurePolicy", "managedBy")
# The Job controller's own labels.
_GENERATED = ("controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name")
# Both have fields of these names.
_OF_CONTAINER = {name: f"{name} of the container" for name in ("name", "securityContext", "restartPolicy")}
_OF_POD = {"resources": "resources of the pod"}
# Longer names would not fit the labels that the controller makes of them.
_NAME = 54
_SUFFIX = 8


def stand_in(manifest: Json, live: Json) -> dict[str, Any]:
    """The wanted Job under a free name, for a dry run that shows what the API server and its policies would make of it."""
    metadata = manifest["metadata"]
    return {**manifest, "metadata": {**metadata, "name": f"{metadata['name'][:_NAME]}-{live['metadata']['uid'][:_SUFFIX]}"}}


def differences(live: Json, wanted: Json) -> dict[str, tuple[Any, Any]]:
    """Field → (live, wanted) of what makes the Job another one; wanted is what the API server would make of the manifest.

    Of the live Job's, everything counts: a command, a container or a volume that was not requested would make its log prove nothing.
    A queue adds node selectors, tolerations, labels and annotations when it admits a Job. A Job that is not held to a pool is one of any:
    where its pod ran decides.
    """
    found, asked = _flat(live), _flat(wanted)
    if _queue(live):
        _without_additions(found, asked)
    queues = {"queue": (_queue(live), _queue(wanted))} if _queue(wanted) and _queue(live) != _queue(wanted) else {}
    pool, wanted_pool = held_to(live), held_to(wanted)
    if pool is not None and wanted_pool not in (None, pool):
        return {"pool": (pool, wanted_pool)}
    if not found.get("affinity") and _is_pool_rule(asked.get("affinity"), wanted_pool):
        found["affinity"] = asked["affinity"]
    fields = list(dict.fromkeys([*asked, *found]))
    return {**queues, **{name: (found.get(name), asked.get(name)) for name in fields if found.get(name) != asked.get(name)}}


def _queue(job: Json) -> str:
    return str((job["metadata"].get("labels") or {}).get(QUEUE_LABEL) or "")


def _flat(job: Json) -> dict[str, Any]:
    """The deciding fields, one by one: those of the workload's container and those of its pod."""
    spec, template = job["spec"], job["spec"]["template"]
    pod, metadata = template["spec"], template.get("metadata") or {}
    first, *others = pod["containers"]
    flat = {
        **{_OF_CONTAINER.get(name, name): value for name, value in first.items()},
        **{_OF_POD.get(name, name): value for name, value in pod.items() if name != "containers"},
        "more containers": [container["name"] for container in others],
        **_decisive(spec),
        "labels": _own_labels(metadata),
        "annotations": metadata.get("annotations") or {},
    }
    return {name: value for name, value in flat.items() if value not in (None, {}, [], "")}


def _decisive(spec: Json) -> dict[str, Any]:
    """The fields outside the template. A Job that someone holds back, with a parallelism of 0, is still the same."""
    return {**{name: spec.get(name) for name in _DECISIVE}, "parallelism": spec.get("parallelism") or 1}


def _own_labels(metadata: Json) -> dict[str, str]:
    """The labels that say what the workload is: neither the controller's own nor the mark, which a Job of others does not have."""
    labels = metadata.get("labels") or {}
    return {name: value for name, value in labels.items() if name not in _GENERATED and (name, value) not in MARK.items()}


def _without_additions(found: dict[str, Any], asked: Mapping[str, Any]) -> None:
    """Take out of the live Job's fields what a queue may have added to them."""
    for name in ("nodeSelector", "labels", "annotations"):
        kept = {key: value for key, value in found.get(name, {}).items() if key in asked.get(name, {})}
        found.update({name: kept} if kept else {name: asked.get(name)})
    found["tolerations"] = [each for each in found.get("tolerations", ()) if each in asked.get("tolerations", ())] or None
    found.pop("schedulingGates", None)


def held_to(job: Json) -> str | None:
    """The pool that the Job's pods are held to by a node selector or a required affinity, None for any pool."""
    spec = job["spec"]["template"]["spec"]
    selected = spec.get("nodeSelector") or {}
    pool = next((str(selected[label]) for label in POOL_LABELS if label in selected), None)
    return pool if pool is not None else _required_pool(spec)


def _required_pool(pod_spec: Json) -> str | None:
    """The one pool that every term of a required affinity that names a pool names."""
    expressions = (each for term in required_terms(pod_spec) or () for each in term.get("matchExpressions") or ())
    named = {tuple(each.get("values") or ()) for each in expressions if _names_pools(each)}
    pools = named.pop() if len(named) == 1 else ()
    return str(pools[0]) if len(pools) == 1 else None


def _names_pools(expression: Json) -> bool:
    return expression.get("key") in POOL_LABELS and expression.get("operator") == "In"


def _is_pool_rule(affinity: Json | None, pool: str | None) -> bool:
    """Whether an affinity does nothing but hold the Job to the pool."""
    return pool is not None and affinity == pool_rule(pool)


def pool_rule(pool: str) -> dict[str, Any]:
    """The affinity that holds a pod to a pool."""
    expression = {"key": POOL_LABEL, "operator": "In", "values": [pool]}
    term = {"matchExpressions": [expression]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}
