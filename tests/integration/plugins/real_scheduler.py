# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab's kube-scheduler decides about random pods in many small worlds at once, each of them nodes of its own."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

from tests.integration.plugins.random_clusters import OVERHEAD, Dice, bound_pod, on_node, pod_to_place, random_node, random_status
from tests.integration.running_lab import RunningLab
from tests.lab import certs, processes
from tests.lab.kubeapi import ApiError, KubeApi, Mirror

Json = dict[str, Any]
T = TypeVar("T")
_AWAKE = {"etcd", "kube-apiserver", "kube-scheduler"}
_NODES = "/api/v1/nodes"
_NAMESPACE = "worlds"
_PODS = f"/api/v1/namespaces/{_NAMESPACE}/pods"
_RUNTIME_CLASSES = "/apis/node.k8s.io/v1/runtimeclasses"
_LAST = "the-last-node"
_AT_ONCE = 32
_DRAWS = 50
_GRACEFUL_SHUTDOWN_S = 0.25
_LIMIT_S = 240  # of all rounds; they take 40 on a quiet machine; pytest ends a test after 300
# Of the scheduler's text what its filters said, up to the sentence about preemption.
_REFUSED = re.compile(r"0/\d+ nodes are available: (?P<reasons>.*?)\.( |$)")
_ELSEWHERE = "node(s) didn't satisfy plugin(s) [NodeAffinity]"  # nodes of the other worlds


@dataclass
class World:
    """Nodes that only this world's pods may run on, and the pods that are bound to them."""

    number: int
    dice: Dice
    nodes: list[Json] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Case:
    """A pod, what there was when it came, and what the scheduler did: took a node, or refused all for these reasons."""

    title: str
    nodes: list[Json]
    bound: list[Json]
    submitted: Json
    pod: Json
    chosen: str
    gated: bool
    reasons: Counter[str]


@contextmanager
def only_the_scheduler(lab: RunningLab) -> Iterator[None]:
    """Nothing else writes as long as this lasts: nodes and pods stay as they were made."""
    asleep = [process for process in processes.load(lab.layout) if process.name not in _AWAKE]
    for process in asleep:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in asleep:
            os.kill(process.pid, signal.SIGCONT)


def decisions(lab: RunningLab, seed: str, *, worlds: int, rounds: int) -> list[Case]:
    """As many cases as worlds times rounds; in each round every world gets a pod, and keeps those that found a node."""
    lab.kubectl("create", "namespace", _NAMESPACE)
    lab.until(lambda: "default" in lab.kubectl("get", "serviceaccounts", "-n", _NAMESPACE, "--output=name"))
    with only_the_scheduler(lab):
        return asyncio.run(_play(lab, [World(number, Dice(f"{seed}/{number}")) for number in range(worlds)], rounds))


async def _play(lab: RunningLab, worlds: list[World], rounds: int) -> list[Case]:
    async with KubeApi(lab.settings.kube_url, certs.client_context(lab.layout, "client")) as api:
        table = Table(api)
        try:
            async with asyncio.timeout(_LIMIT_S):
                cases = await table.play(worlds, rounds)
        except TimeoutError:
            raise AssertionError(f"not done after {_LIMIT_S} s; {table.waiting_for}") from None
    # TLS of the watch that was cut off ends when the server has answered; without this time a later test is told of an open socket.
    # https://docs.aiohttp.org/en/stable/client_advanced.html#graceful-shutdown
    await asyncio.sleep(_GRACEFUL_SHUTDOWN_S)
    return cases


class Table:
    """All the worlds in one API server."""

    def __init__(self, api: KubeApi) -> None:
        self.waiting_for = "the worlds are not complete"
        self._api = api
        self._pods = Mirror(api, _PODS)
        self._news = self._pods.subscribe()
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def play(self, worlds: list[World], rounds: int) -> list[Case]:
        """All rounds one after another."""
        await self._lay(worlds)
        # In one group, so that an error of the mirror is the test's own, and not a wait for pods that nobody hears of.
        async with asyncio.TaskGroup() as group:
            mirror = group.create_task(self._pods.run())
            await self._until_scheduler_knows_all_nodes()
            cases = [case for turn in range(rounds) for case in await self._play_round(worlds, turn)]
            mirror.cancel()
        return cases

    async def _lay(self, worlds: list[World]) -> None:
        """All that is there before the first pod to place."""
        overhead = {"metadata": {"name": OVERHEAD}, "handler": "kata", "overhead": {"podFixed": {"cpu": "250m", "memory": "160Mi"}}}
        await self._api.create(_RUNTIME_CLASSES, overhead)
        await self._all(self._lay_world(world) for world in worlds)

    async def _lay_world(self, world: World) -> None:
        for number in range(world.dice.choices((1, 2, 3, 4), (45, 25, 20, 10))[0]):
            name = f"w{world.number}-n{number}"
            world.names.append(name)
            world.nodes.append(await self._make_node(random_node(world.dice, name)))
            for count in range(world.dice.choices((0, 1, 2, 3), (30, 35, 25, 10))[0]):
                await self._make_bound(world.dice, f"{name}-p{count}", name)

    async def _make_node(self, node: Json) -> Json:
        await self._api.create(_NODES, node)
        # The API server taints every new node as not ready.
        return await self._api.merge(f"{_NODES}/{node['metadata']['name']}", {"spec": {"taints": node["spec"]["taints"]}})

    async def _make_bound(self, dice: Dice, name: str, node: str) -> None:
        drawn, _stored = await self._make_pod(lambda: bound_pod(dice, name, node))
        path = f"{_PODS}/{name}"
        status = random_status(dice, drawn)
        if status:
            await self._api.merge(f"{path}/status", {"status": status})
        if status.get("phase") not in ("Succeeded", "Failed") and dice.percent(15):
            await self._api.delete(path)  # it stays until a kubelet has ended it

    async def _make_pod(self, draw: Callable[[], Json]) -> tuple[Json, Json]:
        """The first pod drawn that the API server accepts, as drawn and as stored: not every combination is valid."""
        for _unused in range(_DRAWS):
            drawn = draw()
            try:
                return drawn, await self._api.create(_PODS, drawn)
            except ApiError as error:
                if error.status != HTTPStatus.UNPROCESSABLE_ENTITY:
                    raise
        raise AssertionError(f"no valid pod in {_DRAWS} draws, the last was {drawn}")

    async def _until_scheduler_knows_all_nodes(self) -> None:
        """A pod that may run on the node that was made last finds it: the scheduler learns of nodes in their order."""
        pods = {"pods": "1"}
        await self._make_node({"metadata": {"name": _LAST}, "spec": {"taints": []}, "status": {"capacity": pods, "allocatable": pods}})
        affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [on_node(_LAST)]}}}
        container = {"name": "main", "image": "registry.k8s.io/pause:3.10"}
        await self._api.create(_PODS, {"metadata": {"name": _LAST}, "spec": {"containers": [container], "affinity": affinity}})
        await self._until(_is_bound, [_LAST])

    async def _play_round(self, worlds: list[World], turn: int) -> list[Case]:
        """A new pod for every world, and what became of it."""
        before = {world.number: self._bound_to(world) for world in worlds}
        names = [f"w{world.number}-r{turn}" for world in worlds]
        made = await self._all(
            self._make_pod(lambda world=world, name=name: pod_to_place(world.dice, name, world.names))  # type: ignore[misc]
            for world, name in zip(worlds, names, strict=True)
        )
        decided = await self._until(_is_decided, names)
        return [_case(decided[name], world, before[world.number], *pods) for name, world, pods in zip(names, worlds, made, strict=True)]

    def _bound_to(self, world: World) -> list[Json]:
        return [pod for pod in self._pods if _is_bound(pod) and pod["spec"]["nodeName"] in world.names]

    async def _until(self, question: Callable[[Json], bool], names: list[str]) -> dict[str, Json]:
        """The pods by their names, once the answer is yes for each of these."""
        while True:
            self._news.clear()
            pods = {pod["metadata"]["name"]: pod for pod in self._pods}
            left = [name for name in names if name not in pods or not question(pods[name])]
            if not left:
                return pods
            self.waiting_for = f"the scheduler has not decided about {', '.join(left)}"
            await self._news.wait()

    async def _all(self, tasks: Iterable[Awaitable[T]]) -> list[T]:
        async def one(task: Awaitable[T]) -> T:
            async with self._slots:
                return await task

        return await asyncio.gather(*map(one, tasks))


def _verdict(pod: Json) -> Json:
    """The condition that says that a pod was not placed, {} for none."""
    conditions = pod.get("status", {}).get("conditions") or ()
    return next((each for each in conditions if each["type"] == "PodScheduled" and each["status"] == "False"), {})


def _is_bound(pod: Json) -> bool:
    return "nodeName" in pod["spec"]


def _is_decided(pod: Json) -> bool:
    return _is_bound(pod) or bool(_verdict(pod))


def _case(decided: Json, world: World, bound: list[Json], submitted: Json, stored: Json) -> Case:
    verdict = _verdict(decided)
    refused = verdict.get("reason") == "Unschedulable"
    assert verdict.get("reason") in (None, "Unschedulable", "SchedulingGated"), verdict
    return Case(
        title=decided["metadata"]["name"],
        nodes=world.nodes,
        bound=bound,
        submitted=submitted,
        pod=stored,
        chosen=decided["spec"].get("nodeName", ""),
        gated=verdict.get("reason") == "SchedulingGated",
        reasons=counted(verdict["message"]) if refused else Counter(),
    )


def counted(message: str) -> Counter[str]:
    """How many nodes of the pod's world each filter has refused for which reason, of the text of the condition."""
    match = _REFUSED.match(message)
    assert match is not None, message
    reasons: Counter[str] = Counter()
    for part in match["reasons"].split(", "):
        count, _unused, reason = part.partition(" ")
        reasons[reason] += int(count)
    assert reasons.pop(_ELSEWHERE, 0), message
    return reasons
