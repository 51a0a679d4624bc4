# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/rbac.md is exact for the path gpu_operator: what Helm and kubernetes.core ask takes these rights, and the steps work with them.

Whoever creates a role must have what it grants, or the rights to `escalate` and to `bind`, which no request shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.chart import CHART, NAMESPACE, newer_chart
from tests.integration.playbooks.bare_cluster import bare_cluster, clear, path_on
from tests.integration.playbooks.playbook import Run, Workbench
from tests.integration.playbooks.requests_table import program_of
from tests.integration.rbac_page import rights_in, section
from tests.integration.running_lab import RunningLab

LAB_OPTIONS = ("--audit-reads", "--speed", "600")
PLUGIN, TEARDOWN = "plugin on the path gpu_operator", "teardown on the path gpu_operator"
FOLLOW, RELEASE = "gpu operator", "gpu operator release"
OF_ROLES = ("escalate", "bind")
ROBOT = f"system:serviceaccount:{NAMESPACE}:robot"
REMOVE = [
    {"hosts": "localhost", "gather_facts": False, "tasks": [{"include_role": {"name": "gpuops.aks.gpu_operator", "tasks_from": "remove"}}]}
]

# Namespace ("" for the whole cluster), API group, resource, verb.
Asked = tuple[str, str, str, str]


@pytest.fixture(scope="module")
def started(own_lab: RunningLab) -> Iterator[RunningLab]:
    """A cluster with a GPU node."""
    with bare_cluster(own_lab):
        yield own_lab


@pytest.fixture
def cluster(started: RunningLab) -> RunningLab:
    """The cluster without a release and roles, but with the operator's namespace, which its administrator has made."""
    clear(started)
    started.kubectl("create", "namespace", NAMESPACE)
    return started


def run_all(bench: Workbench) -> None:
    """An installation, a second run, an upgrade to the next version of the chart."""
    bench.succeed("playbooks/plugin.yml")
    assert bench.succeed("playbooks/plugin.yml").counts["changed"] == 0
    newer = str(newer_chart(bench.directory))
    assert bench.succeed("playbooks/plugin.yml", gpu_operator_chart=newer).counts["changed"] > 0


def remove(bench: Workbench) -> None:
    """The operator is removed, and its namespace, which others have made, stays."""
    bench.succeed(str(bench.directory / "remove.yml"))
    assert bench.lab.get("namespace", NAMESPACE)


def asked(lab: RunningLab, since: int) -> set[Asked]:
    """What the two programs have asked since that line of the audit log."""
    events = [json.loads(line) for line in lab.layout.audit.read_text().splitlines()[since:]]
    return {_right(event["verb"], event["objectRef"]) for event in events if program_of(event) and "objectRef" in event}


def _right(verb: str, reference: dict[str, str]) -> Asked:
    part = f"/{reference['subresource']}" if "subresource" in reference else ""
    return reference.get("namespace", ""), reference.get("apiGroup", ""), reference["resource"] + part, verb


def lines(lab: RunningLab) -> int:
    """How long the audit log is now."""
    return len(lab.layout.audit.read_text().splitlines())


def roles(*steps: str) -> list[Any]:
    """The page's roles of these steps."""
    return [role for step in steps for role in yaml.safe_load_all(section(step))]


def of_page(step: str) -> set[Asked]:
    """The page's rights of a step that a request can show."""
    rights = (right for role in roles(step) for right in rights_in(role))
    return {(right.namespace, right.group, right.resource, right.verb) for right in rights if right.verb not in OF_ROLES}


def account(lab: RunningLab, here: Path) -> Path:
    """The kubeconfig of a new service account, which may do nothing yet."""
    lab.kubectl("create", "serviceaccount", "robot", "--namespace", NAMESPACE)
    config = yaml.safe_load(lab.layout.kubeconfig.read_text())
    for user in config["users"]:
        user["user"] = {"token": lab.kubectl("create", "token", "robot", "--namespace", NAMESPACE).strip()}
    (here / "robot").write_text(yaml.safe_dump(config))
    return here / "robot"


def give(lab: RunningLab, here: Path, wanted: list[Any]) -> None:
    """The roles are the robot's, and the API server has taken that in."""
    made = [each for number, role in enumerate(wanted) for each in bound(f"robot-{number}", role)]
    (here / "roles.yml").write_text(yaml.safe_dump_all(made))
    lab.kubectl("apply", "--filename", str(here / "roles.yml"))
    for role in wanted:
        lab.until(lambda role=role: may(lab, role))  # type: ignore[misc]


def bound(name: str, role: Any) -> list[Any]:
    """A role of this name, and its binding to the robot."""
    kind = role["kind"]
    scope = {"namespace": NAMESPACE} if kind == "Role" else {}
    head = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": name, **scope}}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}
    subject = {"kind": "ServiceAccount", "name": "robot", "namespace": NAMESPACE}
    return [
        {**head, "kind": kind, "rules": role["rules"]},
        {**head, "kind": f"{kind}Binding", "roleRef": reference, "subjects": [subject]},
    ]


def may(lab: RunningLab, role: Any) -> bool:
    """Whether the robot has the first right of a role that kubectl can ask about: it takes a namespace for an object of the cluster."""
    right = next(right for right in rights_in(role) if right.resource != "namespaces")
    resource = f"{right.resource}.{right.group}".rstrip(".") + "".join(f"/{name}" for name in right.names[:1])
    scope = ["--namespace", right.namespace] if right.namespace else ["--all-namespaces"]
    return lab.kubectl("auth", "can-i", right.verb, resource, "--as", ROBOT, *scope, check=False).strip().endswith("yes")


@pytest.fixture
def robot(cluster: RunningLab, here: Path) -> Workbench:
    """The path, with the kubeconfig of an account that may do nothing yet."""
    (here / "remove.yml").write_text(yaml.safe_dump(REMOVE))
    return path_on(cluster, here, gpu_operator_chart=str(CHART), gpu_kubeconfig=str(account(cluster, here)))


def test_steps_ask_for_the_rights_of_the_page_and_work_with_them(robot: Workbench) -> None:
    lab = robot.lab
    give(lab, robot.directory, roles(FOLLOW, RELEASE, PLUGIN, TEARDOWN))
    since = lines(lab)
    run_all(robot)
    found = asked(lab, since)
    since = lines(lab)
    remove(robot)
    for step, of_step in ((PLUGIN, found), (TEARDOWN, asked(lab, since))):
        lacking, in_vain = of_step - of_page(step) - of_page(FOLLOW) - of_page(RELEASE), of_page(step) - of_step
        assert (lacking, in_vain) == (set(), set()), f"rights that the page lacks, and that it has in vain: {step}"
    assert not lab.get("customresourcedefinitions")["items"], "what the release has brought is gone"


@pytest.mark.parametrize("verb", OF_ROLES)
def test_whoever_may_not_hand_rights_on_is_told_so_by_helm(robot: Workbench, verb: str) -> None:
    lacking = roles(FOLLOW, RELEASE, PLUGIN)
    for role in lacking:
        without = [{**rule, "verbs": [each for each in rule["verbs"] if each != verb]} for rule in role["rules"]]
        role["rules"] = [rule for rule in without if rule["verbs"]]
    give(robot.lab, robot.directory, lacking)
    run: Run = robot.run("playbooks/plugin.yml")
    assert run.status == 2
    assert "attempting to grant RBAC permissions not currently held" in run.output
    assert robot.report["error"]["code"] == "Forbidden", "nothing is pending"
    assert "docs/rbac.md" in robot.report["error"]["remedy"]
