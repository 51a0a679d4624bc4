# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each step of the chain asks of Azure and of the API server, from their own logs, as the table in docs/requests.md has it."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.integration.playbooks.playbook import Workbench
from tests.integration.running_lab import REPOSITORY, RunningLab

PAGE = REPOSITORY / "docs" / "requests.md"
STEPS = ("register", "preflight", "cluster", "pool", "plugin", "verify", "metrics", "workload", "prove")
# The last of these that a path matches says what it is of.
_AZURE = {
    r"/metadata/endpoints$": "metadata",
    r"/features/[^/]+$": "feature",
    r"/features/[^/]+/register$": "feature registration",
    r"/openid-configuration$": "openid-configuration",
    r"/oauth2/v2.0/token$": "token",
    r"/providers/Microsoft\.ContainerService$": "provider",
    r"/providers/Microsoft\.ContainerService/register$": "provider registration",
    r"/resourceGroups/[^/]+$": "group",
    r"/managedClusters/[^/]+$": "cluster",
    r"/listClusterUserCredential$": "credentials",
    r"/agentPools/[^/]+$": "pool",
    r"/operations/[^/]+$": "operation",
    r"/Microsoft\.Compute/skus$": "sizes",
    r"/usages$": "quota",
    r"/vmSkus$": "sizes of AKS",
}
_CLIENT = "masterclient"  # of the kubeconfig that Azure gives out
# Who else than this collection asks, by the beginning of what it calls itself.
_PROGRAMS = {"OpenAPI-Generator/": "kubernetes.core", "Helm/": "Helm"}
# What a client looks up before its first request, and caches: the versions and kinds of the API.
_DISCOVERY = re.compile(r"/(version|openapi/.*|api(/v1)?|apis(/[^/]+){0,2})")
_COLLECTION = re.compile(r"/(?:api/v1|apis/[^/]+/[^/]+)(?:/namespaces/[^/]+(?=/.))?/(?P<kind>[a-z]+)(?:/[^/?]+(?:/(?P<part>\w+))?)?")
# As long as it takes; a stream that is cut is taken up again; a pod's end and its Job's may be seen at once, or one after the other.
_VARYING = {"GET operation": "at Azure's pace", "follow log": "again when it is cut", "read log": "once or twice"}
# The Jobs of a proof and their pods may be gone at once when they are deleted, or are waited for.
_VARYING_IN = {
    "prove": {"watch jobs": "once or twice", "watch pods": "once or twice"},
    "pool": {"GET feature": "until it is registered", "GET provider": "until it is registered"},
    "plugin: Helm": {"get customresourcedefinitions": "until they are established"},
}
# What a step asks only if it has to wait, which the text below the table says: the exporter's pod may be ready at once.
_LEFT_OUT = {"metrics": {"watch daemonsets"}}
# Watches and logs are asked for by threads, in an order that says nothing.
_LAST = ("watch", "follow", "read")


@dataclass(frozen=True)
class Seen:
    """How far the logs had come at some moment."""

    azure: int
    kubernetes: int


Span = tuple[Seen, Seen]
# What a task between two steps prints.
_SEEN = re.compile(r"the logs have (?P<azure>\d+) and (?P<kubernetes>\d+) lines")


def run_each(bench: Workbench, steps: Sequence[str], **variables: object) -> list[Span]:
    """Run these steps in one process, each on a host of its own, so that it knows as little of the others as if it ran alone.

    For each, how far the logs had come before and after it.
    """
    hosts = [f"{step}-{number}" for number, step in enumerate(steps)]
    playbook, inventory = bench.directory / "steps.json", bench.directory / "hosts.json"
    playbook.write_text(json.dumps(list(_plays(bench.lab, dict(zip(hosts, steps, strict=True))))))
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory.write_text(json.dumps({"all": {"hosts": dict.fromkeys(hosts, local)}}))
    run = bench.succeed(str(playbook), "--inventory", str(inventory), **variables)
    moments = [Seen(int(found["azure"]), int(found["kubernetes"])) for found in _SEEN.finditer(run.output)]
    assert len(moments) == len(steps) + 1, run.output
    return list(pairwise(moments))


def _plays(lab: RunningLab, steps: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """The step of each host, and before and after it a look at the logs."""
    azure, kubernetes = (
        f"{{{{ lookup('ansible.builtin.pipe', 'wc -l < {log}') }}}}" for log in (lab.layout.arm_requests, lab.layout.audit)
    )
    says = {"ansible.builtin.debug": {"msg": f"the logs have {azure} and {kubernetes} lines"}}
    look = {"hosts": next(iter(steps)), "gather_facts": False, "tasks": [says]}
    yield look
    for host, step in steps.items():
        yield {"import_playbook": str(REPOSITORY / "playbooks" / f"{step}.yml"), "vars": {"gpu_hosts": host}}
        yield look


def seen(lab: RunningLab) -> Seen:
    """Now."""
    return Seen(len(list(_lines(lab.layout.arm_requests))), len(list(_lines(lab.layout.audit))))


def asked(lab: RunningLab, span: Span) -> list[str]:
    """What was asked in it: Azure first, of the API server what comes in no certain order last."""
    return [*_azure_in(lab, span), *sorted(_kubernetes(lab, span), key=_rank)]


def asked_by_program(lab: RunningLab, span: Span) -> dict[str, list[str]]:
    """What was asked in it, by who asked: "" is this collection, which alone asks Azure."""
    of_cluster = {program: sorted(_kubernetes(lab, span, program), key=_rank) for program in ("", *_PROGRAMS.values())}
    return {**of_cluster, "": [*_azure_in(lab, span), *of_cluster[""]]}


def cell(step: str, requests: Iterable[str]) -> str:
    """The requests of a step in the order of their first time, as a cell of the table."""
    told = (request for request in requests if request not in _LEFT_OUT.get(step, set()))
    return ", ".join(_counted(told, {**_VARYING, **_VARYING_IN.get(step, {})}))


def countable(requests: Iterable[str]) -> Counter[str]:
    """How often each was asked, without those that a step may ask once more."""
    varying = {*_VARYING, *(request for of_step in (*_VARYING_IN.values(), *_LEFT_OUT.values()) for request in of_step)}
    return Counter(request for request in requests if request not in varying)


def table(cells: Mapping[str, tuple[str, str]]) -> str:
    """Step → the cells of its first and of its second run."""
    rows = [f"| {step} | {first} | {again} |" for step, (first, again) in cells.items()]
    return "\n".join(["| step | first run | second run |", "|---|---|---|", *rows])


def _lines(log: Path) -> Iterator[Mapping[str, Any]]:
    if log.exists():
        yield from map(json.loads, log.read_text().splitlines())


def _azure_in(lab: RunningLab, span: Span) -> Iterator[str]:
    yield from map(_azure, list(_lines(lab.layout.arm_requests))[span[0].azure : span[1].azure])


def _azure(request: Mapping[str, Any]) -> str:
    kinds = [kind for pattern, kind in _AZURE.items() if re.search(pattern, request["path"], re.IGNORECASE)]
    assert kinds, f"no name for {request['path']}"
    return f"{request['method']} {kinds[-1]}"


def _rank(request: str) -> tuple[int, str]:
    verb = request.partition(" ")[0]
    return (1 + _LAST.index(verb), request) if verb in _LAST else (0, "")


def _kubernetes(lab: RunningLab, span: Span, program: str | None = None) -> Iterator[str]:
    """The client's requests, each once however many stages the audit log has of it, at the first. program: only those of this one."""
    events = list(_lines(lab.layout.audit))
    since, until = (moment.kubernetes for moment in span)
    known = {event["auditID"] for event in events[:since]}
    for event in events[since:until]:
        if event["user"]["username"] == _CLIENT and event["auditID"] not in known and program in (None, program_of(event)):
            known.add(event["auditID"])
            url = urlsplit(event["requestURI"])
            if not _DISCOVERY.fullmatch(url.path):
                yield _told(event["verb"], url.path, parse_qs(url.query))


def program_of(event: Mapping[str, Any]) -> str:
    """Who has asked, "" for this collection."""
    return next((name for agent, name in _PROGRAMS.items() if event["userAgent"].startswith(agent)), "")


def _told(verb: str, path: str, query: Mapping[str, list[str]]) -> str:
    match = _COLLECTION.match(path)
    assert match, f"no name for {path}"
    if match["part"] == "proxy":
        return f"{verb} {match['kind']}/proxy"
    if match["part"] == "log":
        return "follow log" if "follow" in query else "read log"
    if query.get("limit") == ["1"]:
        verb = "count"
    return f"{verb} {match['kind']}" + (" (dry run)" if "dryRun" in query else "")


def _counted(requests: Iterable[str], varying: Mapping[str, str]) -> Iterator[str]:
    for request, count in Counter(requests).items():
        if request in varying:
            yield f"{request} ({varying[request]})"
        else:
            yield f"{count} {request}" if count > 1 else request
