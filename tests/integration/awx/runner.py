# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs and workflows as AWX runs them, by the same ansible-runner, from what the stand-in for its API has been told.

A job gets a git archive as its project, a user that no passwd file knows, a home that it cannot write to, no terminal and the umask 077.
What AWX does was read in its source (ansible/awx at e21dd0a093, 2024-10-23): awx/main/tasks/jobs.py, models/credential.py, models/mixins.py
and models/workflow.py. tests/lab/FIDELITY.md says what differs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment

from tests.integration.awx.controller import Controller
from tests.integration.running_lab import REPOSITORY

Json = dict[str, Any]
BIN = Path(sys.executable).parent
# As a container of OpenShift or of a hardened Kubernetes has it: a number without a name.
_UNKNOWN_USER = ("unshare", "--user", "--map-user=1000680000", "--map-group=0")
_JINJA = ImmutableSandboxedEnvironment()


@dataclass(frozen=True)
class Job:
    """A job that has ended: whether it succeeded, what it hands on, and what it printed."""

    template: str
    succeeded: bool
    artifacts: Json
    output: str


@dataclass
class Execution:
    """Where jobs run: a project, the environment and files of the credentials, and the inventory."""

    controller: Controller
    directory: Path
    credentials: Mapping[str, Json]  # the name of a credential type → what a user fills in
    inventory: Json = field(default_factory=lambda: {"all": {"hosts": {}}})
    jobs: list[Job] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.project = self.directory / "project"
        self.artifacts = self.directory / "artifacts"
        self.home = self.directory / "home"
        self.home.mkdir()
        self.home.chmod(0o555)
        self.project.mkdir()
        subprocess.run(["tar", "--extract", "--directory", str(self.project)], input=_archive(), check=True)

    def launch(self, name: str, answers: Json, artifacts: Json | None = None, limit: str = "") -> Job:
        """Run a job template with the answers to its survey, and with what jobs before it have handed on."""
        template = self.controller.named("job_templates", name)
        here = self.directory / f"job-{len(self.jobs)}"
        environment = self._write(here, {**self._extra_vars(template, answers), **(artifacts or {})})
        fields = template["fields"]
        line = ["--check"] if fields["job_type"] == "check" else []
        line += ["--diff"] if fields["diff_mode"] else []
        line += ["--limit", limit] if limit else []
        (here / "env" / "cmdline").write_text(" ".join(line))
        process = subprocess.run(
            [*_UNKNOWN_USER, str(BIN / "ansible-runner"), "run", str(here), "--playbook", fields["playbook"], "--ident", "job"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
            umask=0o077,
        )
        job = Job(name, process.returncode == 0, _artifacts(here), process.stdout + process.stderr)
        self.jobs.append(job)
        return job

    def discover(self, source: str) -> None:
        """Take the hosts of an inventory source, as an update of AWX's inventory does."""
        here = self.directory / "inventory-update"
        environment = self._write(here, {})
        path = self.controller.named("inventory_sources", source)["fields"]["source_path"]
        result = subprocess.run(
            [*_UNKNOWN_USER, str(BIN / "ansible-inventory"), "--inventory", path, "--list", "--export"],
            cwd=self.project,
            env={**environment, **json.loads((here / "env" / "envvars").read_text())},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        listed = json.loads(result.stdout)
        hosts = listed["_meta"]["hostvars"]
        groups = {name: {"hosts": dict.fromkeys(group.get("hosts", ()))} for name, group in listed.items() if name not in ("_meta", "all")}
        self.inventory = {"all": {"hosts": hosts, "children": groups}}

    def _extra_vars(self, template: Json, answers: Json) -> Json:
        """The template's, then the defaults of its survey, then the answers."""
        survey = self.controller.surveys.get(template["id"], {"spec": []})["spec"]
        for question in survey:
            _refuse(question, answers)
        defaults = {question["variable"]: question["default"] for question in survey if "default" in question}
        return {**json.loads(template["fields"]["extra_vars"]), **defaults, **answers}

    def _write(self, here: Path, extra_vars: Json) -> dict[str, str]:
        """The private data directory of a job; returns the environment of ansible-runner itself."""
        (here / "env").mkdir(parents=True)
        (here / "inventory").mkdir()
        (here / "project").symlink_to(self.project)
        variables, injected = self._injected(here)
        (here / "env" / "extravars").write_text(json.dumps({**injected, **extra_vars}))
        (here / "env" / "envvars").write_text(json.dumps({**variables, **self._awx(here)}))
        of_inventory = json.loads(self.controller.all("inventories")[0]["fields"]["variables"])
        # The volume that is mounted in each container, and the /tmp that each has for itself.
        of_inventory["gpuops_artifacts"] = str(self.artifacts)
        of_inventory["gpu_kubeconfig"] = of_inventory["gpu_kubeconfig"].replace("/tmp/", f"{here}/")  # noqa: S108
        with_variables = {"all": {**self.inventory["all"], "vars": of_inventory}}
        (here / "inventory" / "hosts.json").write_text(json.dumps(with_variables))
        path = f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        # ansible-core itself needs a directory that it can write to.
        return {"PATH": path, "HOME": str(self.home), "LANG": "C.UTF-8", "ANSIBLE_HOME": str(here / "ansible")}

    def _awx(self, here: Path) -> dict[str, str]:
        return {
            "ANSIBLE_COLLECTIONS_PATH": f"{here}/requirements_collections:./collections:/usr/share/ansible/collections",
            "ANSIBLE_FORCE_COLOR": "True",
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_RETRY_FILES_ENABLED": "False",
            "AWX_PRIVATE_DATA_DIR": str(here),
            "JOB_ID": str(len(self.jobs)),
            "PYTHONPYCACHEPREFIX": str(self.directory / "bytecode"),
        }

    def _injected(self, here: Path) -> tuple[dict[str, str], Json]:
        """The environment and the extra variables of all credentials; their files are written."""
        variables: dict[str, str] = {}
        extra_vars: Json = {}
        for number, (name, inputs) in enumerate(self.credentials.items()):
            fields = self.controller.named("credential_types", name)["fields"]
            defaults = {each["id"]: each["default"] for each in fields["inputs"]["fields"] if "default" in each}
            path = here / "env" / f"tmp-credential-{number}"
            values = {**defaults, **inputs, "tower": {"filename": str(path)}}
            for template in fields["injectors"].get("file", {}).values():
                path.write_text(_render(template, values))
                path.chmod(0o600)
            variables |= {key: _render(template, values) for key, template in fields["injectors"].get("env", {}).items()}
            extra_vars |= {key: _render(template, values) for key, template in fields["injectors"].get("extra_vars", {}).items()}
        return variables, extra_vars


def can_be_unknown() -> bool:
    """Whether this machine lets a process be a user that no passwd file knows."""
    return subprocess.run([*_UNKNOWN_USER, "true"], capture_output=True, check=False).returncode == 0


def walk(execution: Execution, name: str, answers: Json, *, approve: bool = True) -> list[str]:
    """Run a workflow, and return its nodes in the order in which they ran. An approval is decided at once."""
    controller = execution.controller
    workflow = controller.named("workflow_job_templates", name)
    nodes = {
        node["fields"]["identifier"]: node
        for node in controller.all("workflow_job_template_nodes")
        if node["fields"]["workflow_job_template"] == workflow["id"]
    }
    targets = {target for node in nodes.values() for kind in ("success", "failure") for target in controller.names(node, f"{kind}_nodes")}
    extra_vars = {**json.loads(workflow["fields"]["extra_vars"]), **_with_defaults(controller, workflow, answers)}
    return _walk(execution, nodes, [each for each in nodes if each not in targets], extra_vars, approve=approve)


def _walk(execution: Execution, nodes: Mapping[str, Json], waiting: Sequence[str], extra_vars: Json, *, approve: bool) -> list[str]:
    controller, ran, artifacts = execution.controller, [], dict[str, Any]()
    queue = list(waiting)
    while queue:
        identifier = queue.pop(0)
        ran.append(identifier)
        template = controller.by_id(nodes[identifier]["fields"]["unified_job_template"])
        assert template is not None
        succeeded = approve
        if template["kind"] == "job_templates":
            job = execution.launch(template["fields"]["name"], extra_vars, artifacts)
            succeeded, artifacts = job.succeeded, {**artifacts, **job.artifacts}
        queue += controller.names(nodes[identifier], "success_nodes" if succeeded else "failure_nodes")
    return ran


def _with_defaults(controller: Controller, template: Json, answers: Json) -> Json:
    survey = controller.surveys[template["id"]]["spec"]
    for question in survey:
        _refuse(question, answers)
    return {**{question["variable"]: question["default"] for question in survey if "default" in question}, **answers}


def _refuse(question: Json, answers: Json) -> None:
    """What AWX refuses of an answer."""
    name = question["variable"]
    if name not in answers:
        assert not question["required"], f"'{name}' value missing"
        return
    answer = answers[name]
    assert isinstance(answer, int if question["type"] == "integer" else str), f"{answer!r} for '{name}' is of another type"
    assert answer in question.get("choices", [answer]), f"{answer!r} for '{name}' is none of {question.get('choices')}"
    assert question["type"] != "integer" or question.get("min", answer) <= answer <= question.get("max", answer), f"{name} is out of range"


def _render(template: str, values: Json) -> str:
    return _JINJA.from_string(template).render(values)


def _artifacts(here: Path) -> Json:
    """What set_stats has set, as ansible-runner reports it."""
    found: Json = {}
    for event in (here / "artifacts" / "job" / "job_events").glob("*.json"):
        found |= json.loads(event.read_text()).get("event_data", {}).get("artifact_data") or {}
    return found


def _archive() -> bytes:
    """The repository as a project update leaves it: what git tracks, with changes that are not committed yet."""
    stashed = subprocess.run(["git", "stash", "create"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.strip()
    return subprocess.run(["git", "archive", stashed or "HEAD"], cwd=REPOSITORY, capture_output=True, check=True).stdout
