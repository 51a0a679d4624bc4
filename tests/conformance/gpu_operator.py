# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helm and kubectl, unmodified, on what the path gpu_operator has made: what they say is what we say."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance.commands import run as run_command
from tests.conformance.run import REPOSITORY, ConformanceError, Run, fresh_lab
from tests.conformance.table import Row, Section
from tests.lab import build

PLAYBOOK = Path(__file__).parent / "gpu_operator.yml"
_CHART = REPOSITORY / "tests" / "lab" / "charts" / "gpu-operator"
_LIMIT_S = 300.0
_WIDEST = 120
_IN = "--namespace gpu-operator"
_HELM = f"gpu-operator {_IN} --output json"
_PLUGIN = "nvidia-device-plugin-daemonset"


@dataclass(frozen=True)
class Agreement:
    """A command, what of its output counts, and what we say about the same thing."""

    command: str
    about: str
    theirs: Callable[[Any], Any]
    ours: Callable[[Mapping[str, Any]], Any]


def _operands(ours: Mapping[str, Any]) -> dict[str, list[int]]:
    return {name: [each["desired"], each["ready"]] for name, each in ours["operator"]["operands"].items()}


def _rollouts(printed: Any) -> dict[str, list[int]]:
    owned = (each for each in printed["items"] if "ownerReferences" in each["metadata"])
    return {each["metadata"]["name"]: [each["status"]["desiredNumberScheduled"], each["status"]["numberReady"]] for each in owned}


def _conditions(status: Mapping[str, Any]) -> list[str]:
    return [f"{each['type']} {each['status']} ({each['reason']})" for each in status["conditions"]]


def _is_ready(ours: Mapping[str, Any]) -> str:
    ready: bool = ours["operator"]["ready"]
    return "clusterpolicy.nvidia.com/cluster-policy condition met" if ready else "not ready"


def _by_node(field: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    return lambda ours: {node["name"]: node[field] for node in ours["operator"]["nodes"]}


AGREEMENTS = (
    Agreement(
        f"helm list {_IN} --output json",
        "the chart's version of gpu_operator_chart_version; deployed",
        lambda printed: [[each["chart"], each["status"]] for each in printed],
        lambda ours: [[f"gpu-operator-{ours['operator']['versions']['operator']}", "deployed"]],
    ),
    Agreement(f"helm status {_HELM}", "deployed", lambda printed: printed["info"]["status"], lambda _ours: "deployed"),
    Agreement(
        f"helm get values {_HELM}",
        "the values of gpuops.aks.gpu_operator_values, and the mark of the role",
        lambda printed: printed,
        lambda ours: ours["values"],
    ),
    Agreement(
        f"helm history {_HELM}",
        "one revision, after two runs of the chain",
        lambda printed: [each["revision"] for each in printed],
        lambda _ours: [1],
    ),
    Agreement(
        "kubectl get clusterpolicy cluster-policy --output json",
        "state and conditions of gpu_operator_info",
        lambda printed: [printed["status"]["state"], *_conditions(printed["status"])],
        lambda ours: [ours["operator"]["state"], *_conditions(ours["operator"])],
    ),
    Agreement(
        "kubectl wait --for=condition=Ready clusterpolicy/cluster-policy --timeout=30s",
        "ready of gpu_operator_info",
        lambda printed: printed,
        _is_ready,
    ),
    Agreement(
        "kubectl wait --for=jsonpath={.status.state}=ready clusterpolicy/cluster-policy --timeout=30s",
        "ready of gpu_operator_info",
        lambda printed: printed,
        _is_ready,
    ),
    Agreement(
        f"kubectl rollout status daemonset/{_PLUGIN} {_IN} --timeout=30s",
        "the pods of the device plugin that are ready",
        lambda printed: printed.splitlines()[-1],
        lambda ours: f'daemon set "{_PLUGIN}" successfully rolled out' if ours["operator"]["operands"][_PLUGIN]["ready"] else "",
    ),
    Agreement(
        f"kubectl get daemonsets {_IN} --output json",
        "operands of gpu_operator_info: nodes with and without a ready pod",
        _rollouts,
        _operands,
    ),
    Agreement(
        f"kubectl get pods {_IN} --selector app=nvidia-cuda-validator --output json",
        "validated of gpu_operator_info, by node",
        lambda printed: {each["spec"]["nodeName"]: each["status"]["phase"] == "Succeeded" for each in printed["items"]},
        _by_node("validated"),
    ),
    Agreement(
        "kubectl get nodes --selector agentpool=gpunp --output json",
        "allocatable of gpu_operator_info, by node",
        lambda printed: {each["metadata"]["name"]: int(each["status"]["allocatable"]["nvidia.com/gpu"]) for each in printed["items"]},
        _by_node("allocatable"),
    ),
)
AFTER_REMOVAL = (
    Agreement(f"helm list {_IN} --all --output json", "nothing is kept", lambda printed: printed, lambda _ours: []),
    Agreement("kubectl get customresourcedefinitions --output json", "nothing is kept", lambda printed: printed["items"], lambda _ours: []),
)


def sections(run: Run) -> Iterator[Section]:
    """The chain twice, then what others see of it; the removal, and then the same."""
    section = run.begin(
        Section(
            "Helm and kubectl on the path gpu_operator",
            f"`site.yml` has run twice; Helm is {build.HELM_VERSION}. Chart and operator are the lab's stand-ins. Each command must say "
            "what the collection says about the same thing; the last ones are after the removal of the operator.",
            head=("command", "result", "as the collection says"),
        )
    )
    with fresh_lab("gpu-operator", era="2026") as (lab, home):
        client = _Client({**lab, "KUBECONFIG": str(home / "kubeconfig"), "HOME": str(home), "ANSIBLE_LOCALHOST_WARNING": "0"}, home)
        client.play("site.yml")
        client.play("site.yml")
        client.play(str(PLAYBOOK), "--tags", "read")
        ours = json.loads((home / "ours.json").read_text())
        for agreement in AGREEMENTS:
            run.add(section, client.compare(agreement, ours))
        client.play(str(PLAYBOOK), "--tags", "remove")
        for agreement in AFTER_REMOVAL:
            run.add(section, client.compare(agreement, ours))
    yield section


@dataclass(frozen=True)
class _Client:
    """Commands in the lab's environment, and the chain with its variables."""

    env: dict[str, str]
    home: Path

    def play(self, playbook: str, *options: str) -> None:
        """Run a playbook. Raises ConformanceError."""
        chosen = {
            "gpu_path": "gpu_operator",
            "gpu_operator_chart": str(_CHART),
            "gpu_resource_group": "myResourceGroup",
            "gpu_cluster": "myAKSCluster",
            "gpu_create_cluster": True,
            "gpu_pool": "gpunp",
            "gpu_kubeconfig": str(self.home / "kubeconfig"),
            "conformance_file": str(self.home / "ours.json"),
        }
        words = [str(Path(sys.executable).with_name("ansible-playbook")), playbook, *options, "--extra-vars", json.dumps(chosen)]
        done = run_command(words, env=self.env, cwd=REPOSITORY, limit_s=_LIMIT_S)
        if done.status != 0:
            raise ConformanceError(f"$ ansible-playbook {os.path.relpath(playbook, REPOSITORY)}\n{done.output}{done.complaints}")

    def compare(self, agreement: Agreement, ours: Mapping[str, Any]) -> Row:
        """The row of a command that agrees with us. Raises ConformanceError."""
        done = run_command(agreement.command.split(), env=self.env, cwd=self.home, limit_s=_LIMIT_S)
        if done.status != 0:
            raise ConformanceError(f"$ {agreement.command}\n{done.output}{done.complaints}")
        theirs = agreement.theirs(json.loads(done.output) if " json" in agreement.command else done.output.strip())
        if theirs != agreement.ours(ours):
            raise ConformanceError(f"$ {agreement.command}\n{theirs}\nThe collection says: {agreement.ours(ours)}")
        return Row(agreement.command, _shown(theirs), agreement.about)


def _shown(theirs: Any) -> str:
    """What a command says, as JSON if it is not text, and not all of it if it is much."""
    text = theirs if isinstance(theirs, str) else json.dumps(theirs)
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]} …"
