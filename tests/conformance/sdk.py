# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""azure-mgmt-containerservice by itself, with azure-identity, as a program of its users' has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import yaml
from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError, ResourceModifiedError, ResourceNotFoundError
from azure.core.rest import HttpRequest
from azure.identity import ClientSecretCredential
from azure.mgmt.containerservice import ContainerServiceClient, models

from tests.conformance.run import ConformanceError, Run, fresh_lab
from tests.conformance.table import Row, Section

_GROUP, _CLUSTER, _POOL = "sdk", "sdk", "gpunp"
_SIZE = "Standard_NC4as_T4_v3"


@dataclass(frozen=True)
class Session:
    """The SDK's client, and what is asked of it; each method is a row of the table, and returns what it says there."""

    client: ContainerServiceClient
    subscription: str

    def make_group(self) -> str:
        """send_request: PUT of a resource group."""
        path = f"/subscriptions/{self.subscription}/resourcegroups/{_GROUP}?api-version=2024-11-01"
        response = self.client.send_request(HttpRequest("PUT", path, json={"location": "eastus"}))
        return f"{response.status_code}"

    def miss_cluster(self) -> str:
        """managed_clusters.get of one that isn't there."""
        try:
            self.client.managed_clusters.get(_GROUP, _CLUSTER)
        except ResourceNotFoundError as error:
            return f"ResourceNotFoundError, {_code(error)}"
        return ""

    def create_cluster(self) -> str:
        """managed_clusters.begin_create_or_update(...).result()."""
        first = models.ManagedClusterAgentPoolProfile(name="nodepool1", vm_size="Standard_DS2_v2", count=1, mode="System")
        identity = models.ManagedClusterIdentity(type="SystemAssigned")
        properties = models.ManagedClusterProperties(dns_prefix="sdk", agent_pool_profiles=[first])
        wanted = models.ManagedCluster(location="eastus", properties=properties, identity=identity)
        made = self.client.managed_clusters.begin_create_or_update(_GROUP, _CLUSTER, wanted).result()
        return f"{made.provisioning_state}, {made.current_kubernetes_version}"

    def list_clusters(self) -> str:
        """managed_clusters.list."""
        return ", ".join(str(cluster.name) for cluster in self.client.managed_clusters.list())

    def tag_cluster(self) -> str:
        """managed_clusters.begin_create_or_update of what get returned, with a tag."""
        live = self.client.managed_clusters.get(_GROUP, _CLUSTER)
        live.tags = {"team": "vision"}
        made = self.client.managed_clusters.begin_create_or_update(_GROUP, _CLUSTER, live).result()
        return f"{made.provisioning_state}, {made.tags}"

    def list_versions(self) -> str:
        """managed_clusters.list_kubernetes_versions."""
        listed = self.client.managed_clusters.list_kubernetes_versions("eastus").values_property or []
        return ", ".join(str(version.version) for version in listed)

    def user_credentials(self) -> str:
        """managed_clusters.list_cluster_user_credentials."""
        (found,) = self.client.managed_clusters.list_cluster_user_credentials(_GROUP, _CLUSTER).kubeconfigs or []
        return f"{found.name}, {yaml.safe_load(found.value or b'')['kind']}"

    def create_pool(self) -> str:
        """agent_pools.begin_create_or_update(...).result(), with a header."""
        wanted = _pool(node_taints=["sku=gpu:NoSchedule"], enable_auto_scaling=True, min_count=1, max_count=3)
        headers = {"AKSHTTPCustomFeatures": "Microsoft.ContainerService/ManagedGPUExperiencePreview"}
        made = self.client.agent_pools.begin_create_or_update(_GROUP, _CLUSTER, _POOL, wanted, headers=headers).result()
        return f"{made.provisioning_state}, {made.node_image_version}"

    def update_pool(self) -> str:
        """agent_pools.begin_create_or_update of what get returned, with other taints."""
        live = self.client.agent_pools.get(_GROUP, _CLUSTER, _POOL)
        live.node_taints = ["sku=gpu:NoExecute"]
        made = self.client.agent_pools.begin_create_or_update(_GROUP, _CLUSTER, _POOL, live).result()
        return f"{made.provisioning_state}, {made.node_taints}"

    def outdated_pool(self) -> str:
        """agent_pools.begin_create_or_update with the etag of an earlier state, MatchConditions.IfNotModified."""
        live = self.client.agent_pools.get(_GROUP, _CLUSTER, _POOL)
        try:
            self._put_unmodified(live, etag=f"{live.e_tag}-of-yesterday")
        except ResourceModifiedError as error:
            made = self._put_unmodified(live, etag=str(live.e_tag))
            return f"ResourceModifiedError, {error.status_code}; with the present one {made.provisioning_state}"
        return ""

    def _put_unmodified(self, pool: models.AgentPool, *, etag: str) -> models.AgentPool:
        unmodified = MatchConditions.IfNotModified
        return self.client.agent_pools.begin_create_or_update(_GROUP, _CLUSTER, _POOL, pool, etag=etag, match_condition=unmodified).result()

    def abort_pool(self) -> str:
        """agent_pools.begin_abort_latest_operation of a pool that is being made."""
        self.client.agent_pools.begin_create_or_update(_GROUP, _CLUSTER, "aborted", _pool(), polling=False)
        self.client.agent_pools.begin_abort_latest_operation(_GROUP, _CLUSTER, "aborted").result()
        state = self.client.agent_pools.get(_GROUP, _CLUSTER, "aborted").provisioning_state
        self.client.agent_pools.begin_delete(_GROUP, _CLUSTER, "aborted").result()
        return str(state)

    def abort_cluster(self) -> str:
        """managed_clusters.begin_abort_latest_operation of a cluster that is being changed."""
        live = self.client.managed_clusters.get(_GROUP, _CLUSTER)
        live.tags = {"team": "audio"}
        self.client.managed_clusters.begin_create_or_update(_GROUP, _CLUSTER, live, polling=False)
        self.client.managed_clusters.begin_abort_latest_operation(_GROUP, _CLUSTER).result()
        return str(self.client.managed_clusters.get(_GROUP, _CLUSTER).provisioning_state)

    def busy_pool(self) -> str:
        """agent_pools.begin_create_or_update while another one runs."""
        wanted = _pool()
        first = self.client.agent_pools.begin_create_or_update(_GROUP, _CLUSTER, "busy", wanted)
        try:
            self.client.agent_pools.begin_create_or_update(_GROUP, _CLUSTER, "busy", wanted)
        except HttpResponseError as error:
            return f"{error.status_code} {_code(error)}, then {first.result().provisioning_state}"
        return ""

    def refuse_size(self) -> str:
        """agent_pools.begin_create_or_update of a size that Azure has retired."""
        try:
            self.client.agent_pools.begin_create_or_update(_GROUP, _CLUSTER, "old", _pool(vm_size="Standard_NC6"))
        except HttpResponseError as error:
            return f"{error.status_code} {_code(error)}"
        return ""

    def list_pools(self) -> str:
        """agent_pools.list."""
        return ", ".join(sorted(str(pool.name) for pool in self.client.agent_pools.list(_GROUP, _CLUSTER)))

    def delete_pool(self) -> str:
        """agent_pools.begin_delete(...).result()."""
        self.client.agent_pools.begin_delete(_GROUP, _CLUSTER, _POOL).result()
        return f"then there are {self.list_pools()}"

    def delete_cluster(self) -> str:
        """managed_clusters.begin_delete(...).result()."""
        self.client.managed_clusters.begin_delete(_GROUP, _CLUSTER).result()
        return f"then there are {self.list_clusters() or 'none'}"


# In the order of a cluster's life: what is called, and what it has to say.
_LIFE: tuple[tuple[Callable[[Session], str], str], ...] = (
    (Session.make_group, "201"),
    (Session.miss_cluster, "ResourceNotFoundError, ResourceNotFound"),
    (Session.create_cluster, "Succeeded, 1.34.8"),
    (Session.list_clusters, "sdk"),
    (Session.tag_cluster, "Succeeded, {'team': 'vision'}"),
    (Session.list_versions, "1.33, 1.34, 1.35, 1.36"),
    (Session.user_credentials, "clusterUser, Config"),
    (Session.create_pool, "Succeeded, AKSUbuntu-2204gen2containerd-202610.15.0"),
    (Session.update_pool, "Succeeded, ['sku=gpu:NoExecute']"),
    (Session.outdated_pool, "ResourceModifiedError, 412; with the present one Succeeded"),
    (Session.abort_pool, "Canceled"),
    (Session.abort_cluster, "Canceled"),
    (Session.busy_pool, "409 OperationNotAllowed, then Succeeded"),
    (Session.refuse_size, "400 VMSizeNotSupported"),
    (Session.list_pools, "busy, gpunp, nodepool1"),
    (Session.delete_pool, "then there are busy, nodepool1"),
    (Session.delete_cluster, "then there are none"),
)


def _pool(**properties: Any) -> models.AgentPool:
    named = {"vm_size": _SIZE, "count": 1, "mode": "User", **properties}
    return models.AgentPool(properties=models.AgentPoolManagedClusterAgentPoolProfileProperties(**named))


def _code(error: HttpResponseError) -> str:
    return str(error.error.code if error.error else "without a code")


def sections(run: Run) -> Iterator[Section]:
    """One cluster's and one pool's life, operation by operation."""
    section = run.begin(Section("azure-mgmt-containerservice", "`base_url` and `authority` are the lab's.", head=("call", "result")))
    with fresh_lab("sdk", era="2026") as (lab, _home), ExitStack() as stack:
        session = _session(lab, stack)
        for call, expected in _LIFE:
            what = str(call.__doc__).removesuffix(".")
            try:
                said = call(session)
            except AzureError as error:
                raise ConformanceError(f"{what}: {error}") from error
            run.add(section, Row(what, said))
            if said != expected:
                raise ConformanceError(f"{what}: {said or 'no refusal'}, and it should be: {expected}")
    yield section


def _session(lab: Mapping[str, str], stack: ExitStack) -> Session:
    url = lab["LAB_ARM_URL"]
    trust: dict[str, Any] = {"connection_verify": lab["LAB_CA"]}
    names = [lab[name] for name in ("AZURE_TENANT", "AZURE_CLIENT_ID", "AZURE_SECRET")]
    credential = stack.enter_context(ClientSecretCredential(*names, authority=url, disable_instance_discovery=True, **trust))
    subscription = lab["AZURE_SUBSCRIPTION_ID"]
    client = ContainerServiceClient(credential, subscription, base_url=url, credential_scopes=[f"{url}/.default"], **trust)
    return Session(stack.enter_context(client), subscription)
