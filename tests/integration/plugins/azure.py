# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs operations as an entry point does, through Microsoft's SDK, against the simulated Azure; waiting moves its clock.

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._azure.session import Session
from ansible_collections.gpuops.aks.plugins.module_utils._azure.sign_in.settings import azure_settings
from ansible_collections.gpuops.aks.plugins.module_utils._clock import Deadline
from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.outcome import failure, perform
from ansible_collections.gpuops.aks.plugins.module_utils._errors import GpuopsError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Operation, Outcome, Run
from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.containerservice import ContainerServiceClient

from tests.integration.lab.arm_site import PRINCIPAL, ArmSite, Observer, send, serve
from tests.lab.clock import LabClock
from tests.unit.plugins.tasks import task_parameters

GROUP = "rg"
CLUSTER = "aks"
SIZE = "Standard_NC4as_T4_v3"
SYSTEM_SIZE = "Standard_DS2_v2"
_READS = ("GET", "HEAD")
# POSTs that change nothing.
_HARMLESS = ("/oauth2/v2.0/token", "/listClusterUserCredential", "/listClusterAdminCredential")


class SimulatedClock:
    """The plugins' clock: a second of theirs is a simulated second, and to sleep is to move the simulation."""

    def __init__(self, lab: LabClock) -> None:
        self._lab = lab

    def now(self) -> float:
        """Simulated seconds."""
        return self._lab.now().timestamp()

    def sleep(self, seconds: float) -> None:
        """Let the simulated Azure get on."""
        self._lab.advance(seconds)


@dataclass(frozen=True)
class Sent:
    """One line of the simulator's request log."""

    method: str
    path: str
    headers: Mapping[str, str]
    status: int

    @property
    def is_write(self) -> bool:
        """Whether it asks for a change."""
        return self.method not in _READS and not self.path.endswith(_HARMLESS)

    @property
    def is_accepted_write(self) -> bool:
        """Whether it asks for a change, and Azure agreed."""
        return self.is_write and self.status < 400

    def __str__(self) -> str:
        """Method and the path's last two parts, as in `PUT agentPools/gpunp`."""
        return f"{self.method} {'/'.join(self.path.rsplit('/', 2)[-2:])}"


class Requests(list[Sent]):
    """What the simulator was sent."""

    @property
    def writes(self) -> list[str]:
        """The requests for a change, as `PUT agentPools/gpunp`."""
        return [str(request) for request in self if request.is_write]

    @property
    def accepted_writes(self) -> list[str]:
        """Those of them that Azure agreed to."""
        return [str(request) for request in self if request.is_accepted_write]


@dataclass(frozen=True)
class Azure:
    """The simulated Azure and a way to run the collection's operations against it."""

    site: ArmSite
    clock: SimulatedClock

    @property
    def environ(self) -> dict[str, str]:
        """What a user exports."""
        return {
            "HOME": str(self.site.log.parent),
            "AZURE_SUBSCRIPTION_ID": PRINCIPAL.subscription_id,
            "AZURE_TENANT": PRINCIPAL.tenant_id,
            "AZURE_CLIENT_ID": PRINCIPAL.client_id,
            "AZURE_SECRET": PRINCIPAL.secret,
            "AZURE_CLOUD_ENVIRONMENT": self.site.url,
            "REQUESTS_CA_BUNDLE": self.site.ca,
        }

    def run(self, operation: Operation, *, check_mode: bool = False, environ: Mapping[str, str] | None = None, **params: Any) -> Outcome:
        """Run an operation as an entry point does: parameters checked by Ansible, completed with their defaults."""
        run = Run(check_mode=check_mode, clock=self.clock, environ=self.environ if environ is None else environ)
        return operation.run(task_parameters(operation, params), run)

    def result(self, operation: Operation, *, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        """What a task returns, whether it succeeds or fails."""
        run = Run(check_mode=check_mode, clock=self.clock, environ=self.environ)
        return perform(operation, task_parameters(operation, params), run, diff=False)[0]

    def environ_without(self, *names: str) -> dict[str, str]:
        """The same without some of it."""
        return {name: value for name, value in self.environ.items() if name not in names}

    def refused(self, operation: Operation, **params: Any) -> GpuopsError:
        """The error with which an operation fails; it explains itself, and keeps the secret."""
        with pytest.raises(GpuopsError) as refusal:
            self.run(operation, **params)
        error = refusal.value
        assert all((error.message, error.code, error.cause, error.remedy)), failure(error)
        assert PRINCIPAL.secret not in json.dumps(failure(error))
        return error

    def log(self) -> Requests:
        """Everything that was sent so far."""
        entries = map(json.loads, self.site.log.read_text().splitlines())
        return Requests(Sent(entry["method"], entry["path"], entry["headers"], entry["status"]) for entry in entries)

    def writes(self) -> list[str]:
        """Every change so far that Azure was asked for."""
        return self.log().writes

    @contextmanager
    def requests(self) -> Iterator[Requests]:
        """What was sent while the block ran; the list is filled when it ends, also by an exception."""
        before = len(self.log())
        sent = Requests()
        try:
            yield sent
        finally:
            sent.extend(self.log()[before:])

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session of the plugins' own."""
        session = Session(azure_settings({}, self.environ), self.clock, Deadline(self.clock, 1800))
        try:
            yield session
        finally:
            session.close()

    def somebody(self) -> ContainerServiceClient:
        """Another client of the same subscription: Azure's SDK as it is."""
        return self.site.client()

    def make_group(self, name: str = GROUP, *, tags: Mapping[str, str] | None = None) -> None:
        """A resource group that somebody else has made."""
        response = send(self.somebody(), "PUT", f"/resourcegroups/{name}", body={"location": "eastus", "tags": dict(tags or {})})
        assert response.status_code == 201

    def has_group(self, name: str = GROUP) -> bool:
        """Whether the resource group is there."""
        return send(self.somebody(), "HEAD", f"/resourcegroups/{name}").status_code == 204

    def make_cluster(self, name: str = CLUSTER) -> None:
        """A cluster that somebody else has made, in a resource group that is there."""
        self.somebody().managed_clusters.begin_create_or_update(GROUP, name, cluster_body()).result()

    def has_cluster(self, name: str = CLUSTER) -> bool:
        """Whether the cluster is there."""
        try:
            self.somebody().managed_clusters.get(GROUP, name)
        except ResourceNotFoundError:
            return False
        return True


def cluster_body() -> Any:
    """What another client puts to have a cluster."""
    pool = {"name": "nodepool1", "count": 1, "vmSize": SYSTEM_SIZE, "mode": "System"}
    return {"location": "eastus", "identity": {"type": "SystemAssigned"}, "properties": {"dnsPrefix": "aks", "agentPoolProfiles": [pool]}}


def four_times(azure: Azure, operation: Operation, *, evidence: Callable[[], object], **params: Any) -> Outcome:
    """In check mode, then for real, then both again: the first two announce the same changes, and only the second makes them.

    evidence is what the operation changes, read in any way; the outcome of the second run is returned.
    """
    before = evidence()
    predicted = azure.run(operation, check_mode=True, **params)
    assert evidence() == before
    done = azure.run(operation, **params)
    assert predicted.changed
    assert predicted.changes == done.changes
    after = evidence()
    assert after != before
    for check_mode in (True, False):
        again = azure.run(operation, check_mode=check_mode, **params)
        assert not again.changed, again.changes
        assert evidence() == after
    return done


@contextmanager
def simulated_azure(
    directory: Path, *, era: str = "2026", speed: float = 1, running: bool = False, observer: Observer | None = None
) -> Iterator[Azure]:
    """Azure whose clock only moves when ours sleeps, or runs by itself for tasks in processes of their own.

    At the speed of life, 1, it paces clients as it does there.
    """
    with serve(directory, era=era, speed=speed, running=running, observer=observer) as site:
        yield Azure(site, SimulatedClock(site.state.clock))
