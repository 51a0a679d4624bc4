# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an article's commands become a run from beginning to end: pure, what runs it is walkthrough.py."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

GROUP, CLUSTER = "myResourceGroup", "myAKSCluster"
_IN_CLUSTER = f"--resource-group {GROUP} --cluster-name {CLUSTER}"

# Names that the article has from its own cluster and that are others on every run.
_NODE = re.compile(r"\baks-(?P<pool>[a-z0-9]+)-\d{8}-\d+\b")
_POD = re.compile(r"(?<=kubectl logs )(?P<job>[a-z0-9-]+)-[a-z0-9]{5}\b")
# What an output of the article says that must be true of every run; ages, versions and numbers of the day are not.
_HEADER = re.compile(r"[A-Z]+(?:\s+[A-Z]+)+")
_TELLING = re.compile(r"nvidia\.com/gpu:\s+\d+|accelerator=nvidia|\bReady\b|\bCompleted\b|\b1/1\b|Accuracy at step \d+:")
_READS = ("kubectl get", "kubectl describe", "kubectl logs", "az feature list", "az feature show")


@dataclass(frozen=True)
class Step:
    """One command as it is shown and as `sh` runs it; $NAMES come from the environment."""

    command: str
    added: str = ""
    """Why it is run although the article doesn't have it."""
    expects: tuple[str, ...] = ()
    """What its output must match; a command that only reads is repeated until it does."""
    fresh_kubeconfig: bool = False
    """Whether commands from this one on use a new kubeconfig."""

    @property
    def reads(self) -> bool:
        """Whether repeating it changes nothing."""
        return self.command.startswith(_READS)

    @property
    def watches(self) -> bool:
        """Whether it never ends by itself."""
        return "--watch" in shlex.split(self.command)

    @property
    def needs_stub(self) -> bool:
        """Whether it asks for Azure's index of extensions, which this run has only a stub of."""
        return self.command.startswith("az extension")

    @property
    def node_pool(self) -> str | None:
        """The pool of the node that the article names."""
        found = _NODE.search(self.command)
        return found["pool"] if found else None

    @property
    def job(self) -> str | None:
        """The job of the pod that the article names."""
        found = _POD.search(self.command)
        return found["job"] if found else None

    def with_names(self, *, node: str | None = None, pod: str | None = None) -> str:
        """The command with names of this run in the places of the article's."""
        command = self.command if node is None else _NODE.sub(node, self.command)
        return command if pod is None else _POD.sub(pod, command)


def read_commands(text: str) -> list[str]:
    """The article's commands, one a line."""
    return [line for line in text.splitlines() if line.strip()]


def read_outputs(text: str) -> dict[str, str]:
    """The article's outputs by their command: `$ command`, then what it printed."""
    outputs: dict[str, str] = {}
    for block in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _newline, output = block.partition("\n")
        outputs[command] = output
    return outputs


def telling(output: str) -> tuple[str, ...]:
    """Patterns for what another run's output must have in common with this one."""
    headers = [line.split() for line in output.splitlines() if _HEADER.fullmatch(line.strip())]
    # Between the columns of then there may be columns of now.
    columns = [r"\b.*\b".join(header) for header in headers]
    words = [r"\s+".join(map(re.escape, text.split())) for text in _TELLING.findall(output)]
    return tuple(dict.fromkeys([*columns, *words]))


def plan(commands: Sequence[str], outputs: Mapping[str, str], *, beginning: Iterable[Step] = ()) -> list[Step]:
    """The article's commands in their order; what an alternative would find in its way is deleted before it.

    A cluster that is made again has another kubeconfig, which is fetched again.
    """
    steps = list(beginning)
    made: set[tuple[str, str]] = set()
    for command in commands:
        thing = created(command)
        if thing in made:
            steps.append(_deletion(*thing))
        steps.append(Step(command, expects=_expectations(command, outputs)))
        if thing in made and thing[0] == "aks":
            steps.append(Step(get_credentials(), added="the cluster is another one", fresh_kubeconfig=True))
            made = {other for other in made if other[0] == "aks"}
        if thing is not None:
            made.add(thing)
    return steps


def created(command: str) -> tuple[str, str] | None:
    """("aks" or "aks nodepool", name) of what an az command makes; None where it makes neither."""
    words = shlex.split(command)
    for kind, verb in (("aks nodepool", "add"), ("aks", "create")):
        if words[: len(kind.split()) + 2] == ["az", *kind.split(), verb]:
            return kind, words[words.index("--name") + 1]
    return None


def get_credentials() -> str:
    """The command that fetches the cluster's kubeconfig, as the articles have it."""
    return f"az aks get-credentials --resource-group {GROUP} --name {CLUSTER}"


def _deletion(kind: str, name: str) -> Step:
    reason = "the next command makes another one of this name"
    if kind == "aks":
        return Step(f"az aks delete --resource-group {GROUP} --name {name} --yes", added=reason)
    return Step(f"az aks nodepool delete {_IN_CLUSTER} --name {name}", added=reason)


def _expectations(command: str, outputs: Mapping[str, str]) -> tuple[str, ...]:
    if command.startswith("az feature list"):
        return (r"\bRegistered\b",)
    return telling(outputs.get(command, ""))


def beginning(*, with_cluster: bool) -> list[Step]:
    """What an article takes for granted: that somebody is signed in, and in 2021 a cluster."""
    if not with_cluster:
        return []
    reason = "the article begins on a cluster"
    return [
        Step(f"az group create --name {GROUP} --location eastus", added=reason),
        Step(f"az aks create --resource-group {GROUP} --name {CLUSTER} --node-count 1", added=reason),
    ]


def ending(pool: str, *, autoscaled: bool) -> list[Step]:
    """The rest of a pool's and a cluster's life, which the articles leave out."""
    reason = "the rest of its life"
    of_pool = f"{_IN_CLUSTER} --name {pool}"
    switch_off = [f"az aks nodepool update {of_pool} --disable-cluster-autoscaler"] if autoscaled else []
    change = "--update-cluster-autoscaler --min-count 1 --max-count 4" if autoscaled else "--labels team=vision"
    before = [
        "az feature show --name GPUDedicatedVHDPreview --namespace Microsoft.ContainerService",
        "az aks get-versions --location eastus --output table",
        f"az aks show --resource-group {GROUP} --name {CLUSTER}",
        f"az aks nodepool list {_IN_CLUSTER} --output table",
        f"az aks nodepool show {of_pool}",
        f"az aks nodepool update {of_pool} {change}",
        *switch_off,
        f"az aks nodepool scale {of_pool} --node-count 2",
    ]
    second_node = Step("kubectl get nodes", added=reason, expects=(rf"aks-{pool}-\d+-vmss000001\s+Ready",))
    after = [
        f"az aks nodepool delete {of_pool}",
        f"az aks delete --resource-group {GROUP} --name {CLUSTER} --yes",
        "az feature unregister --name GPUDedicatedVHDPreview --namespace Microsoft.ContainerService",
        f"az group delete --name {GROUP} --yes",
    ]
    return [*(Step(command, added=reason) for command in before), second_node, *(Step(command, added=reason) for command in after)]
