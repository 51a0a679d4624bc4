# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs an article from its first command to its last, and on to the end of what it made."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.conformance import steps
from tests.conformance.commands import CommandTimeoutError, Done, run
from tests.conformance.run import ConformanceError
from tests.conformance.steps import Step
from tests.conformance.table import Row, scrubbed, summary

_LIMIT_S = 180.0
_PAUSE_S = 0.5


@dataclass
class Walkthrough:
    """Commands one after another in one shell's environment; the first that fails ends it."""

    env: dict[str, str]
    directory: Path
    """Where the commands run: the article's manifests are here."""
    kubeconfigs: Path
    say: Callable[[Row], None]
    _generation: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._take_fresh_kubeconfig()

    def run(self, step: Step) -> None:
        """Run one step until it shows what it is to show. Raises ConformanceError."""
        if step.fresh_kubeconfig:
            self._take_fresh_kubeconfig()
        node, pod = self._name_of_node(step), self._name_of_pod(step)
        command = step.with_names(node=node, pod=pod)
        try:
            done = self._until_expected(step, command)
        except CommandTimeoutError as error:
            raise ConformanceError(f"$ {command}\n{error}") from None
        if (done.status != 0 and not step.watches) or done.misses(step.expects):
            raise ConformanceError(_failure(command, done, step))
        self.say(Row(step.command, _result(step, self._scrubbed(done)), _note(step, filled=[name for name in (node, pod) if name])))

    def _until_expected(self, step: Step, command: str) -> Done:
        until = step.expects if step.watches else None
        deadline = time.monotonic() + _LIMIT_S
        while True:
            done = run(command, env=self.env, cwd=self.directory, limit_s=_LIMIT_S, until=until)
            if not step.reads or not done.misses(step.expects) or time.monotonic() > deadline:
                return done
            time.sleep(_PAUSE_S)

    def _name_of_node(self, step: Step) -> str | None:
        if step.node_pool is None:
            return None
        return self._ask(f"kubectl get nodes --selector agentpool={step.node_pool}")

    def _name_of_pod(self, step: Step) -> str | None:
        return None if step.job is None else self._ask(f"kubectl get pods --selector job-name={step.job}")

    def _ask(self, command: str) -> str:
        """The first name that kubectl lists."""
        words = [*command.split(), "--output=jsonpath={.items[0].metadata.name}"]
        done = run(words, env=self.env, cwd=self.directory, limit_s=_LIMIT_S)
        if done.status != 0:
            raise ConformanceError(f"$ {command}\n{done.complaints}")
        return done.output

    def _take_fresh_kubeconfig(self) -> None:
        self._generation += 1
        self.env["KUBECONFIG"] = str(self.kubeconfigs / f"kubeconfig-{self._generation}")

    def _scrubbed(self, done: Done) -> Done:
        places = {self.env["KUBECONFIG"]: "$KUBECONFIG", self.env["HOME"]: "~"}
        return replace(done, output=scrubbed(done.output, places), complaints=scrubbed(done.complaints, places))


def _note(step: Step, *, filled: list[str]) -> str:
    """Where the command is from, and what of it is not the article's."""
    notes = [f"added: {step.added}" if step.added else "the article's"]
    notes += [f"{name} filled in" for name in filled]
    notes += ["ended when done"] if step.watches else []
    notes += ["index and extension are a stub"] if step.needs_stub else []
    return "; ".join(notes)


def _result(step: Step, done: Done) -> str:
    """What the table says a command gave: the line that was waited for, or the whole in a few words."""
    told = summary(done.output, done.complaints)
    if not step.expects or step.watches:
        return told or "done"
    return next((" ".join(line.split()) for line in done.output.splitlines() if _shows(step.expects[-1], line)), told)


def _shows(pattern: str, line: str) -> bool:
    return not Done(0, line, "", 0).misses([pattern])


def _failure(command: str, done: Done, step: Step) -> str:
    missed = "".join(f"\nIt should show: {pattern}" for pattern in done.misses(step.expects))
    return f"$ {command}\n{done.output}{done.complaints}exit status {done.status}{missed}"


def article(directory: Path, *, route: tuple[Step, ...]) -> list[Step]:
    """Everything that is run for the article in this directory."""
    outputs = _outputs(directory)
    commands = steps.read_commands((directory / "commands.txt").read_text())
    begins_on_cluster = not any((steps.created(command) or ("",))[0] == "aks" for command in commands)
    pools = [command for command in commands if (steps.created(command) or ("",))[0] == "aks nodepool"]
    pool = (steps.created(pools[-1]) or ("", ""))[1]
    planned = steps.plan(commands, outputs, beginning=steps.beginning(with_cluster=begins_on_cluster))
    return [*route, *planned, *steps.ending(pool, autoscaled="--enable-cluster-autoscaler" in pools[-1])]


def _outputs(directory: Path) -> Mapping[str, str]:
    log = (directory / "mnist-pod.log").read_text()
    outputs = steps.read_outputs((directory / "outputs.txt").read_text())
    logs = [line for line in steps.read_commands((directory / "commands.txt").read_text()) if line.startswith("kubectl logs")]
    return {**outputs, **dict.fromkeys(logs, log)}
