# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind gpu_schedulable_facts: reads the GPU nodes, waits if asked to, and explains what is missing."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Callable, Mapping, Sequence

from .._core.nodes.cluster_identity import require_cluster
from .._core.nodes.labels import checked_value
from .._core.scheduling.requests import GPU_RESOURCE, effective_requests, is_quantity
from .._core.scheduling.selection import Selection
from .._core.scheduling.selectors import checked_selector
from .._core.scheduling.snapshot import ClusterSnapshot
from .._core.schemas.kubernetes_objects import GivenPodSpec
from .._core.schemas.validation import FormError, require_form
from .._core.shared.findings import Finding
from .._core.shared.mappings import Json
from .._core.shared.ranges import GPU_COUNT, NODE_COUNT, SECONDS
from .._core.verify.criteria import WaitCriteria
from .._core.verify.diagnosis import diagnose
from .._core.verify.facts import snapshot_facts
from .._core.verify.progress import goal_status
from .._errors import InvalidInputError, WaitTimeoutError
from .._kube.client import KubeClient
from .._kube.connection.settings import kube_settings
from .._progress import Status
from .arguments import (
    CLUSTER_CONSTRAINTS,
    KUBE_LIBRARIES,
    cluster_arguments,
    kube_arguments,
    wait_arguments,
    wait_timeout_of,
)
from .cluster_reader import ClusterReader, ClusterWatch
from .evidence import explained, timeout_of, with_evidence
from .from_files import FilesView, read_dump
from .operation import Operation, Outcome, Run
from .owner_resources import with_owners
from .target_cluster import connected, some_nodes, spoken_to, target_cluster

_WAIT_ON = " Waiting does not remove this cause; raise fail_fast_after if another tool is about to remove it."


@dataclass(frozen=True)
class SchedulableRequest:
    """Which nodes to look at, what to wait for (None: nothing), and the spec of a pod to place on them, if one was given."""

    selection: Selection
    criteria: WaitCriteria | None
    wait_timeout: float
    pod_spec: Json | None = None
    fail_fast_after: float = 120.0

    @property
    def by_name(self) -> bool:
        """Whether the pod requests GPUs by the name of the resource."""
        return self.pod_spec is not None and self.selection.resource in effective_requests({"spec": self.pod_spec})


def gather_facts(request: SchedulableRequest, client: KubeClient, run: Run) -> Outcome:
    """The facts about the GPU nodes, and what keeps GPUs from being used. Raises WaitTimeoutError with the facts and the diagnosis."""
    if request.criteria is None or run.check_mode:
        return _facts_now(request, client)
    criteria = request.criteria
    with _reader(request, client).watch() as live:

        def status() -> Status:
            snapshot = live.now()
            return goal_status(request.selection.pool, criteria.progress(snapshot), diagnose(snapshot))

        if not _wait(request, criteria, live, client, status):
            raise _timeout(request, criteria, live, client)
        snapshot = live.now()
    return _facts_now(request, client) if request.pod_spec is not None else _outcome(request, snapshot, client)


def _wait(
    request: SchedulableRequest, criteria: WaitCriteria, live: ClusterWatch, client: KubeClient, status: Callable[[], Status]
) -> bool:
    """Whether the criteria are met in time, and before the same causes have kept them out of reach for fail_fast_after seconds.

    Logs and the resources that name the owners of drivers are not watched, but read after each time of this length.
    """
    deadline = client.deadline
    causes: Sequence[str] = ()
    evident: Sequence[str] = ()

    def look() -> bool:
        snapshot = live.now()
        return criteria.reached(snapshot) or _permanent(criteria, snapshot) != causes

    while not criteria.reached(live.now()):
        causes = _permanent(criteria, live.now())
        if live.mirror.wait(look, deadline, status, look_after=request.fail_fast_after):
            continue
        if causes or deadline.passed:
            return False
        before, evident = evident, _evident(request, criteria, live.now(), client)
        if evident and evident == before:
            return False
    return True


def _permanent(criteria: WaitCriteria, snapshot: ClusterSnapshot) -> Sequence[str]:
    """The causes that keep the criteria out of reach, to compare with those of another moment."""
    return [f"{each.code}: {each.subjects}" for each in criteria.out_of_reach(snapshot, diagnose(snapshot))]


def _evident(request: SchedulableRequest, criteria: WaitCriteria, snapshot: ClusterSnapshot, client: KubeClient) -> Sequence[str]:
    """The same, by all that can be read."""
    shown = _with_all(request, snapshot, client)
    return [f"{each.code}: {each.subjects}" for each in criteria.out_of_reach(shown, diagnose(shown), by_evidence=True)]


def _with_all(request: SchedulableRequest, snapshot: ClusterSnapshot, client: KubeClient) -> ClusterSnapshot:
    return with_owners(with_evidence(snapshot, client, whole_pools=request.selection.whole_pools), client)


def _reader(request: SchedulableRequest, client: KubeClient) -> ClusterReader:
    return ClusterReader(request.selection, client, dynamic=True)


def _facts_now(request: SchedulableRequest, client: KubeClient) -> Outcome:
    return _outcome(request, _reader(request, client).snapshot(whole=request.pod_spec is not None), client)


def _outcome(request: SchedulableRequest, snapshot: ClusterSnapshot, client: KubeClient) -> Outcome:
    shown, findings = explained(with_owners(snapshot, client), client, whole_pools=request.selection.whole_pools, by_name=request.by_name)
    return Outcome(_result(request, shown, findings))


def _result(request: SchedulableRequest, snapshot: ClusterSnapshot, findings: Sequence[Finding]) -> dict[str, Any]:
    """The module's return value."""
    return {"ansible_facts": {"gpu_schedulable": snapshot_facts(snapshot, findings, request.pod_spec)}}


def _timeout(request: SchedulableRequest, criteria: WaitCriteria, live: ClusterWatch, client: KubeClient) -> WaitTimeoutError:
    snapshot = live.now()
    shown = _with_all(request, snapshot, client)
    findings = diagnose(shown)
    early = not client.deadline.passed
    error = timeout_of(
        f"{criteria.progress(snapshot)} after {client.deadline.elapsed if early else request.wait_timeout:.0f} s.",
        [*criteria.out_of_reach(shown, findings, by_evidence=True), *findings] if early else findings,
        otherwise="Run the task again, with a longer wait_timeout.",
        trouble=live.mirror.trouble,
        facts=_result(request, shown, findings),
    )
    error.remedy += _WAIT_ON if early else ""
    return error


def _nothing_to_read(request: SchedulableRequest) -> Outcome:
    """Check mode before the cluster exists: there is nothing to read yet."""
    snapshot = ClusterSnapshot(request.selection.resource, request.selection.pool, (), ())
    return Outcome(
        _result(request, snapshot, diagnose(snapshot)), warnings=("The kubeconfig does not exist yet, so there are no GPU nodes to check.",)
    )


def _arguments() -> dict[str, Any]:
    return {
        **kube_arguments(),
        **cluster_arguments(),
        "pool": {"type": "str", "default": ""},
        "label_selector": {"type": "str", "default": ""},
        "resource_name": {"type": "str", "default": GPU_RESOURCE},
        "resource_names": {"type": "list", "elements": "str", "default": []},
        "pod": {"type": "dict"},
        "min_nodes": {"type": "int", "default": 1},
        "wait": {"type": "bool", "default": False},
        "wait_for": {
            "type": "dict",
            "options": {
                "allocatable": {"type": "int"},
                "schedulable": {"type": "int"},
                "nodes": {"type": "list", "elements": "str", "default": []},
            },
        },
        "wait_timeout": wait_arguments(timeout=900)["wait_timeout"],
        "fail_fast_after": {"type": "int", "default": 120},
        "from_files": {"type": "list", "elements": "path", "default": []},
    }


def schedulable_request(params: Mapping[str, Any]) -> SchedulableRequest:
    """The request of the module's parameters. Raises InvalidInputError."""
    names = tuple(params["resource_names"])
    pool, selector = checked_value("pool", params["pool"]), checked_selector("label_selector", params["label_selector"])
    return SchedulableRequest(
        selection=Selection(pool or None, params["resource_name"], selector or None, names),
        criteria=_criteria(params),
        wait_timeout=wait_timeout_of(params),
        pod_spec=None if params["pod"] is None else _pod_spec(params["pod"]),
        fail_fast_after=SECONDS.checked(
            "fail_fast_after", params["fail_fast_after"], also="To wait until the end, set it to wait_timeout."
        ),
    )


def _criteria(params: Mapping[str, Any]) -> WaitCriteria | None:
    """What to wait for, None for nothing. Raises InvalidInputError."""
    min_nodes, wait_for = NODE_COUNT.checked("min_nodes", params["min_nodes"]), params["wait_for"]
    if wait_for is None:
        return WaitCriteria(min_nodes) if params["wait"] else None
    for name in ("allocatable", "schedulable"):
        if wait_for[name] is not None:
            GPU_COUNT.checked(f"wait_for.{name}", wait_for[name])
    return WaitCriteria(min_nodes, wait_for["allocatable"], wait_for["schedulable"], tuple(wait_for["nodes"]))


def _pod_spec(pod: Json) -> Json:
    """The spec of a pod, also from a whole Pod manifest. Raises InvalidInputError if it is not one."""
    spec: Json = deepcopy(pod["spec"] if isinstance(pod.get("spec"), dict) else pod)
    try:
        require_form(spec, GivenPodSpec)
        _require_quantities(spec)
    except FormError as error:
        raise InvalidInputError(
            f"pod is not the spec of a pod: {error}.",
            code="InvalidPodSpec",
            cause="A pod's spec needs containers, with quantities such as 1, 500m or 2Gi in their resources.",
            remedy="Set pod to the spec of a Pod manifest, or to spec.template.spec of a Job manifest.",
        ) from error
    return spec


def _require_quantities(spec: Json) -> None:
    """Raises FormError."""
    for container in (*spec["containers"], *(spec.get("initContainers") or ()), spec):
        for name, amounts in (container.get("resources") or {}).items():
            for resource, amount in amounts.items() if name in ("limits", "requests") and amounts else ():
                if not is_quantity(amount):
                    raise FormError(f"resources.{name} has {amount!r} of {resource}, which is not a quantity")


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = schedulable_request(params)
    if params["from_files"]:
        return _from_files(request, params, run)
    settings = kube_settings(params, run.environ)
    if run.check_mode and not settings.reachable:
        return _nothing_to_read(request)
    wait_timeout = request.wait_timeout if request.criteria is not None and not run.check_mode else None
    with connected(settings, target_cluster(params, run), run, wait_timeout=wait_timeout) as client:
        outcome = gather_facts(request, client, run)
        facts = {**outcome.result["ansible_facts"]["gpu_schedulable"], **spoken_to(settings, client)}
        return replace(outcome, result={"ansible_facts": {"gpu_schedulable": facts}})


def _from_files(request: SchedulableRequest, params: Mapping[str, Any], run: Run) -> Outcome:
    """The facts and findings from the files of a dump."""
    client = read_dump(params["from_files"], params)
    target = target_cluster(params, run)
    if target.known:
        require_cluster(target, some_nodes(client), server=client.server)
    view = FilesView(client)
    snapshot = view.snapshot(_reader(request, client).snapshot(whole=request.pod_spec is not None))
    shown, findings = explained(with_owners(snapshot, client), client, whole_pools=request.selection.whole_pools, by_name=request.by_name)
    facts = {
        **snapshot_facts(shown, view.findings(findings), request.pod_spec),
        "server": "",
        "context": "",
        "from_files": view.facts(shown),
    }
    return Outcome({"ansible_facts": {"gpu_schedulable": facts}}, warnings=view.warnings())


OPERATION = Operation(_arguments(), _run, KUBE_LIBRARIES, CLUSTER_CONSTRAINTS)
