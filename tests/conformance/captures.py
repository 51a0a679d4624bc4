# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Azure CLI and our modules PUT for the same wish, taken from the wire and compared."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster import operation as cluster
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool import operation as nodepool

from tests.conformance import azure_cli, cluster_options, pool_options
from tests.conformance.bodies import Difference, Reason, compare, shown, unexplained
from tests.conformance.commands import run as run_command
from tests.conformance.option import Option, listed
from tests.conformance.option_files import FILES
from tests.conformance.reasons import FOR_CHANGED_CLUSTER, FOR_CHANGED_POOL, FOR_NEW_CLUSTER, FOR_NEW_POOL
from tests.conformance.run import BUILD, ConformanceError, Run
from tests.conformance.table import Row, Section
from tests.integration.lab.arm_site import Request, send
from tests.integration.plugins.azure import CLUSTER, GROUP, Azure, simulated_azure

_LIMIT_S = 120.0
_HEAD = ("Azure CLI", "in both bodies", "our parameters")
_SIZE = "Standard_NC4as_T4_v3"
_LONG_S = 3600  # longer than anything takes to be made
# What Azure says of a resource and we leave out of a PUT.
_READ_ONLY = ("id", "name", "type", "eTag", "identity.principalId", "identity.tenantId")
# The header that carries what the user asks of AKS, and not how a client works.
_CUSTOM = "akshttpcustomfeatures"


@dataclass
class Wire:
    """The PUTs that went over the wire, by the last part of their path."""

    puts: dict[str, Request] = field(default_factory=dict)

    def see(self, request: Request) -> None:
        """Keep a PUT; a later one of the same resource takes its place."""
        if request.method == "PUT":
            self.puts[request.path.rpartition("/")[2]] = request

    def sent(self, name: str, *, called: str = "") -> Mapping[str, Any]:
        """What was put there: the body, and the header with features; as if the resource were called otherwise."""
        if name not in self.puts:
            raise ConformanceError(f"nothing was PUT to {name}")
        request = self.puts[name]
        features = [value for name, value in request.headers.items() if name.lower() == _CUSTOM]
        body: dict[str, Any] = json.loads(request.body.decode().replace(name, called or name))
        return {**body, "header": features} if features else body


@dataclass(frozen=True)
class Bench:
    """Both clients on the same simulated Azure."""

    azure: Azure
    wire: Wire
    home: Path

    def az(self, commands: Sequence[str]) -> None:
        """Run az commands, as many at a time as there are processors. Raises ConformanceError for one that fails."""
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            list(pool.map(self._az, commands))

    def _az(self, command: str) -> None:
        done = run_command(command, env=self._environment(), cwd=self.home, limit_s=_LIMIT_S)
        if done.status != 0:
            raise ConformanceError(f"$ {command}\n{done.output}{done.complaints}")

    def _environment(self) -> dict[str, str]:
        lab = {
            **self.azure.environ,
            "LAB_ARM_URL": self.azure.site.url,
            "LAB_PROXY": self.azure.site.proxy,
            "PATH": os.environ.get("PATH", os.defpath),
        }
        return azure_cli.environment(lab, home=self.home)

    def our_pool(self, name: str, params: Mapping[str, Any]) -> None:
        """Our aks_gpu_nodepool."""
        wanted = {"resource_group": GROUP, "cluster": CLUSTER, "name": name, "wait": False, **params}
        self.azure.run(nodepool.OPERATION, **wanted)

    def our_cluster(self, name: str, params: Mapping[str, Any]) -> None:
        """Our aks_cluster."""
        wanted = {"resource_group": GROUP, "name": name, "wait": False, **params}
        self.azure.run(cluster.OPERATION, **wanted)

    def live(self, kind_and_name: str) -> Mapping[str, Any]:
        """A resource below Microsoft.ContainerService as the simulated Azure has it."""
        path = f"/resourceGroups/{GROUP}/providers/Microsoft.ContainerService/{kind_and_name}"
        found: Mapping[str, Any] = send(self.azure.somebody(), "GET", path).json()
        return found

    def settle(self) -> None:
        """Everything that was begun is over."""
        self.azure.clock.sleep(_LONG_S)


def sections(run: Run) -> Iterator[Section]:
    """New pools, changed pools, new clusters: az first, then ours, then each pair of bodies."""
    home = BUILD / "captures" / "home"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    for name, content in FILES.items():
        (home / name).write_text(json.dumps(content))
    wire = Wire()
    with simulated_azure(home.parent, observer=wire.see) as azure:
        bench = Bench(azure, wire, home)
        azure.make_group()
        azure.make_cluster()
        for step in azure_cli.CLOUD.steps:
            bench.az([step.command])
        yield _section(run, "PUT of a new pool, az and ours", _new_pools(bench), FOR_NEW_POOL, without=pool_options.WITHOUT_FLAG)
        bench.settle()
        yield _section(run, "PUT of a changed pool, az and ours", _changed_pools(bench), FOR_CHANGED_POOL)
        yield _section(run, "PUT of a new cluster, az and ours", _new_clusters(bench), FOR_NEW_CLUSTER)
        yield _section(run, "PUT of a changed cluster, az and ours", _changed_clusters(bench), FOR_CHANGED_CLUSTER)


@dataclass(frozen=True)
class Pair:
    """One option, as either client has put it, and how the resource would be or was without it."""

    option: Option
    azs: Mapping[str, Any]
    ours: Mapping[str, Any]
    without: Mapping[str, Any]

    @property
    def differences(self) -> list[Difference]:
        """Where the two disagree."""
        return compare(self.azs, self.ours)

    @property
    def told(self) -> str:
        """What the option itself has put into the bodies."""
        news = [each for each in compare(self.without, self.ours) if each.path not in _READ_ONLY]
        told = [f"{each.path.removeprefix('properties.')}: {shown(each.ours)}" for each in news]
        return listed(told) or "nothing that isn't there without"


def _new_pools(bench: Bench) -> list[Pair]:
    named = list(_named(pool_options.NEW_POOL, "n"))
    bench.az([f"az aks nodepool add {_of_pool(azs)} {_with_size(option.flags)} --no-wait" for option, azs, _ours in named])
    for option, _azs, ours in named:
        bench.our_pool(ours, {"vm_size": _SIZE, **option.ours})
    return _against_plain(bench, named)


def _with_size(flags: str) -> str:
    return flags if "--node-vm-size" in flags else f"{flags} --node-vm-size {_SIZE}"


def _changed_pools(bench: Bench) -> list[Pair]:
    named = list(_named(pool_options.CHANGED_POOL, "c"))
    for option, azs, ours in named:
        for name in (azs, ours):
            bench.our_pool(name, {"vm_size": _SIZE, **option.live})
    bench.settle()
    before = [bench.live(f"managedClusters/{CLUSTER}/agentPools/{ours}") for _option, _azs, ours in named]
    bench.az([f"az aks nodepool update {_of_pool(azs)} {option.flags} --no-wait" for option, azs, _ours in named])
    for option, _azs, ours in named:
        bench.our_pool(ours, option.ours)
    sent = bench.wire.sent
    return [Pair(option, sent(azs, called=ours), sent(ours), live) for (option, azs, ours), live in zip(named, before, strict=True)]


def _new_clusters(bench: Bench) -> list[Pair]:
    named = list(_named(cluster_options.NEW_CLUSTER, "k"))
    bench.az([f"az aks create --resource-group {GROUP} --name {azs} {option.flags} --no-wait" for option, azs, _ours in named])
    for option, _azs, ours in named:
        bench.our_cluster(ours, option.ours)
    return _against_plain(bench, named)


def _changed_clusters(bench: Bench) -> list[Pair]:
    named = list(_named(cluster_options.CHANGED_CLUSTER, "u"))
    for _option, azs, ours in named:
        for name in (azs, ours):
            bench.our_cluster(name, {})
    bench.settle()
    before = [bench.live(f"managedClusters/{ours}") for _option, _azs, ours in named]
    bench.az([f"az aks update --resource-group {GROUP} --name {azs} {option.flags} --no-wait" for option, azs, _ours in named])
    for option, _azs, ours in named:
        bench.our_cluster(ours, option.ours)
    sent = bench.wire.sent
    return [Pair(option, sent(azs, called=ours), sent(ours), live) for (option, azs, ours), live in zip(named, before, strict=True)]


def _named(rows: Sequence[Option], prefix: str) -> Iterator[tuple[Option, str, str]]:
    """A resource for each of the two clients and each row."""
    for number, option in enumerate(rows):
        yield option, f"{prefix}{number}az", f"{prefix}{number}we"


def _of_pool(name: str) -> str:
    return f"--resource-group {GROUP} --cluster-name {CLUSTER} --name {name}"


def _against_plain(bench: Bench, named: Sequence[tuple[Option, str, str]]) -> list[Pair]:
    """The pairs; the first row is the one without any option."""
    sent = bench.wire.sent
    plain = sent(named[0][2])
    return [Pair(option, sent(azs, called=ours), sent(ours), plain) for option, azs, ours in named]


def _section(
    run: Run, title: str, pairs: Sequence[Pair], reasons: Sequence[Reason], *, without: Mapping[str, str] = MappingProxyType({})
) -> Section:
    """The pairs as a table below the reasons. Raises ConformanceError for a difference without a reason, and a reason without one."""
    section = run.begin(Section(title, _introduction(reasons, without), head=_HEAD))
    for pair in pairs:
        run.add(section, Row(pair.option.flags, pair.told, pair.option.names))
    _check_reasons(title, pairs, reasons)
    return section


def _introduction(reasons: Sequence[Reason], without: Mapping[str, str]) -> str:
    but = [f"* `{reason.path}`: {reason}" for reason in reasons]
    uncompared = [f"* not compared: `{name}`, because {why}" for name, why in without.items()]
    return "\n".join(["In every row both bodies are the same, but for:", "", *but, *uncompared])


def _check_reasons(title: str, pairs: Sequence[Pair], reasons: Sequence[Reason]) -> None:
    """Every difference has a reason, and every reason explains a difference; else raises ConformanceError."""
    bad = [f"{pair.option.flags}\n    {each}" for pair in pairs for each in unexplained(pair.differences, reasons)]
    if bad:
        raise ConformanceError("\n  ".join([f"{title}: differences without a reason", *bad]))
    idle = [reason for reason in reasons if not any(reason.explains(each) for pair in pairs for each in pair.differences)]
    if idle:
        raise ConformanceError("\n  ".join([f"{title}: reasons that explain nothing any more", *(f"{each.path}: {each}" for each in idle)]))
