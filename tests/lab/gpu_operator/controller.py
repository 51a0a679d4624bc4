# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's controller: labels nodes, makes the DaemonSets that a ClusterPolicy asks for, and reports in its status."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus

from tests.lab import pods
from tests.lab.gpu_operator import node_labels
from tests.lab.gpu_operator.marks import part_of
from tests.lab.gpu_operator.operands import BY_NAME, DRIVER
from tests.lab.gpu_operator.policy import HASH, daemonsets, runtime_classes
from tests.lab.gpu_operator.report import IGNORED, Report, followed, report
from tests.lab.kubeapi import ApiError, KubeApi, Object

_POLICIES = "/apis/nvidia.com/v1/clusterpolicies"
_RUNTIME_CLASSES = "/apis/node.k8s.io/v1/runtimeclasses"
_LEVELS = {f"pod-security.kubernetes.io/{mode}": "privileged" for mode in ("enforce", "audit", "warn")}

# Node → whether the operator fails to upgrade its driver.
FailsToUpgrade = Callable[[Object], bool]


class Controller:
    """Brings a cluster in line with its ClusterPolicy, from what it reads each time."""

    def __init__(self, api: KubeApi, fails_to_upgrade: FailsToUpgrade) -> None:
        self._api = api
        self._fails_to_upgrade = fails_to_upgrade

    async def reconcile(self, namespace: str, nodes: Sequence[Object], marked: Sequence[Object]) -> None:
        """One pass. namespace: the operator's own. marked: the pods that the lab plays."""
        policies = await self._policies()
        policy = followed(policies)
        if policy is None:
            return
        for each in policies:
            if each is not policy:
                await self._report(each, IGNORED, namespace)
        await self._follow(policy, namespace, await self._label(nodes, marked))

    async def _follow(self, policy: Object, namespace: str, labels: Sequence[Mapping[str, str | None]]) -> None:
        """Make what the policy wants, and report in it. labels: of each node."""
        if ((policy.get("spec") or {}).get("psa") or {}).get("enabled"):
            await self._api.merge(f"/api/v1/namespaces/{namespace}", {"metadata": {"labels": _LEVELS}})
        own = await self._own_daemonsets(namespace)
        wanted = _wanted(policy, namespace, labels)
        if wanted:
            await self._make_runtime_classes(policy)
            await self._apply(namespace, wanted, own)
        states = {BY_NAME[name].state: own.get(name) for name in map(_name, wanted)}
        await self._report(policy, report(labels, states), namespace)

    async def _own_daemonsets(self, namespace: str) -> dict[str, Object]:
        found = await self._api.get(_daemonsets_path(namespace))
        return {_name(each): each for each in found["items"] if _name(each) in BY_NAME}

    async def _policies(self) -> list[Object]:
        try:
            listed = await self._api.get(_POLICIES)
        except ApiError as error:
            if error.status == HTTPStatus.NOT_FOUND:  # the cluster does not know the resource, or no longer
                return []
            raise
        items: list[Object] = listed["items"]
        return items

    async def _label(self, nodes: Sequence[Object], marked: Sequence[Object]) -> list[dict[str, str | None]]:
        """Labels the nodes; returns the labels that each has then."""
        driven = {pod["spec"].get("nodeName") for pod in marked if part_of(pod) == DRIVER.name and pods.is_serving(pod)}
        labeled = []
        for node in nodes:
            name, labels = node["metadata"]["name"], node["metadata"].get("labels", {})
            wanted: dict[str, str | None] = {**node_labels.changes(labels)}
            if name in driven:
                wanted |= node_labels.upgrade_state(labels, failed=self._fails_to_upgrade(node))
            if wanted:
                await self._api.merge(f"/api/v1/nodes/{name}", {"metadata": {"labels": wanted}})
            labeled.append({**labels, **wanted})
        return labeled

    async def _make_runtime_classes(self, policy: Object) -> None:
        listed = await self._api.get(_RUNTIME_CLASSES)
        present = {each["metadata"]["name"] for each in listed["items"]}
        missing = [each for each in runtime_classes(policy) if each["metadata"]["name"] not in present]
        await asyncio.gather(*(self._api.create(_RUNTIME_CLASSES, each) for each in missing))

    async def _apply(self, namespace: str, wanted: Sequence[Object], own: Mapping[str, Object]) -> None:
        """Creates and changes the DaemonSets, and removes those that are no longer wanted."""
        path = _daemonsets_path(namespace)
        names = {each["metadata"]["name"] for each in wanted}
        for each in wanted:
            name, metadata = each["metadata"]["name"], each["metadata"]
            current = own.get(name)
            if current is None:
                await self._api.create(path, each)
            elif current["metadata"].get("annotations", {}).get(HASH) != metadata["annotations"][HASH]:
                version = {"resourceVersion": current["metadata"]["resourceVersion"]}
                await self._api.replace(f"{path}/{name}", {**each, "metadata": {**metadata, **version}})
        await asyncio.gather(*(self._api.delete(f"{path}/{name}") for name in own.keys() - names))

    async def _report(self, policy: Object, said: Report, namespace: str) -> None:
        if not said.is_shown(policy):
            status = said.status(namespace=namespace, now=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
            await self._api.merge(f"{_POLICIES}/{policy['metadata']['name']}/status", {"status": status})


def _wanted(policy: Object, namespace: str, labels: Sequence[Mapping[str, str | None]]) -> list[Object]:
    """The DaemonSets that the policy asks for: none as long as no node has a GPU."""
    with_gpu = [each for each in labels if each.get(node_labels.PRESENT) == "true"]
    systems = filter(None, map(node_labels.system, with_gpu))
    return list(daemonsets(policy, namespace=namespace, systems=systems)) if with_gpu else []


def _name(item: Object) -> str:
    name: str = item["metadata"]["name"]
    return name


def _daemonsets_path(namespace: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/daemonsets"
