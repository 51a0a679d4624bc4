# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from tests.lab.arm.errors.aks import K8sVersionNotSupportedError, LabRefusalError
from tests.lab.arm.model.clusters import versions
from tests.lab.arm.model.compute import quotas
from tests.lab.arm.model.compute.limits import Compute, Machines
from tests.lab.arm.model.operations.timeline import Fate
from tests.lab.arm.model.pools import rules, size_rules
from tests.lab.arm.model.pools.changes import check_unchanged
from tests.lab.arm.model.pools.pool import (
    SPOT,
    CustomHeaders,
    PoolSurroundings,
    gpu_management,
    image_version,
    wanted_pool,
    with_image,
    with_version,
)
from tests.lab.arm.model.pools.scale import reservation_group, scales, size_name
from tests.lab.arm.model.resources import NAMESPACE, Cluster, Json, Pool
from tests.lab.arm.model.subscription.registrations import Registrations
from tests.lab.eras import Era, VmSize

DEDICATED_FEATURE = "GPUDedicatedVHDPreview"
MANAGED_FEATURE = "ManagedGPUExperiencePreview"
_RETIRED_HEADER = (
    "the dedicated GPU image was retired on 2025-01-10 (Azure/AKS#4472). "
    "What Azure answers to the header UseGPUDedicatedVHD since then is not known: this refusal is the lab's own."
)


class Admission:
    """The checks of AKS before it accepts a write; each raises a refusal."""

    def __init__(self, *, era: Era, subscription: str, registrations: Registrations, compute: Compute) -> None:
        self.managed_gpu_needs_feature = False
        self.node_image_release: str | None = None
        self._era = era
        self._subscription = subscription
        self._registrations = registrations
        self._compute = compute

    def check_request(self, headers: CustomHeaders) -> None:
        """The provider is registered, and what the custom headers ask for is there for this subscription."""
        self._registrations.require_provider(NAMESPACE)
        if not headers.dedicated_gpu_image:
            return
        if not self._era.dedicated_image_offered:
            raise LabRefusalError(_RETIRED_HEADER)
        self._registrations.require_feature(NAMESPACE, DEDICATED_FEATURE)

    def version(self, cluster: str, asked: str) -> str:
        """The patch version that this request resolves to."""
        version = self._era.resolve_version(asked)
        if version is None:
            raise K8sVersionNotSupportedError(cluster=cluster, version=asked)
        return version

    def new_pool(self, cluster: Cluster, name: str, requested: Json, headers: CustomHeaders) -> Pool:
        """Check and complete a new pool."""
        rules.check_name(name)
        properties = self._checked(cluster, requested, current=None)
        size = self._offered_size(properties, cluster, headers, pool=name)
        if gpu_management(properties)[1] == "Managed" and (headers.preview or self.managed_gpu_needs_feature):
            self._registrations.require_feature(NAMESPACE, MANAGED_FEATURE)
        image = self._newest(image_version(properties, era=self._era, size=size, headers=headers))
        dedicated = headers.dedicated_gpu_image and size.gpus > 0
        pool = Pool(name=name, properties=with_image(properties, image), image_is_dedicated=dedicated, state="Creating")
        quotas.check_family(self._compute, self._machines(cluster, None, pool.properties))
        return pool

    def _offered_size(self, properties: Json, cluster: Cluster, headers: CustomHeaders, *, pool: str) -> VmSize:
        location = cluster.location
        sizes = [self._offered(name, location) for name, _count in scales(properties)]
        for size in sizes:
            size_rules.check_generation(size, era=self._era, headers=headers)
            size_rules.check_zones(properties, pool_name=pool, location=location, offered=self._compute.open_zones(size, location=location))
            size_rules.check_gpu(properties, size=size)
            size_rules.check_disk(properties, size=size)
            size_rules.check_trusted_launch(properties, size=size)
        return sizes[0]

    def _offered(self, name: str, location: str) -> VmSize:
        return size_rules.offered_size(name, era=self._era, compute=self._compute, subscription=self._subscription, location=location)

    def changed_pool(self, cluster: Cluster, pool: Pool, requested: Json, *, control_plane: str | None = None) -> Json:
        """A pool's properties after an update that is allowed; control_plane is the cluster's version to be, where that changes too."""
        checked = self._checked(cluster, requested, current=pool, control_plane=control_plane)
        properties = with_image(checked, self._image_after(pool, checked))
        check_unchanged(pool.properties, properties, era=self._era)
        versions.check_pool_upgrade(pool.properties, properties, era=self._era)
        quotas.check_family(self._compute, self._machines(cluster, pool.properties, properties))
        return properties

    def _image_after(self, pool: Pool, wanted: Json) -> str:
        """The node image that the pool has, or where it gets another operating system, a new one."""
        size = self._era.size(size_name(wanted))
        if size is None or wanted["osSKU"] == pool.properties["osSKU"]:
            return str(pool.properties["nodeImageVersion"])
        return self._newest(image_version(wanted, era=self._era, size=size, headers=CustomHeaders()))

    def _checked(self, cluster: Cluster, requested: Json, *, current: Pool | None, control_plane: str | None = None) -> Json:
        control_plane = control_plane or cluster.document["properties"]["kubernetesVersion"]
        network = cluster.document["properties"]["networkProfile"]
        surroundings = PoolSurroundings(era=self._era, cluster_version=control_plane, network=network)
        properties = wanted_pool(requested, current=current, surroundings=surroundings)
        rules.check_shape(properties, era=self._era)
        properties = with_version(properties, self.version(cluster.name, properties["orchestratorVersion"]))
        versions.check_skew(properties["currentOrchestratorVersion"], self.version(cluster.name, control_plane), era=self._era)
        return properties

    def fate(self, cluster: Cluster, old: Json | None, new: Json) -> Fate:
        """The outcome of a change, by quotas that AKS does not check in advance."""
        return quotas.later_fate(self._compute, self._machines(cluster, old, new))

    def _machines(self, cluster: Cluster, old: Json | None, new: Json) -> Machines:
        size = self._era.size(size_name(new))
        assert size is not None  # no pool is made of a size that its era doesn't know
        count = quotas.added_nodes(old, new, surge=self._era.default_max_surge)
        return Machines(size, cluster.location, count, spot=new.get("scaleSetPriority") == SPOT, reservation=reservation_group(new))

    def latest_image(self, pool: Pool) -> str:
        """The newest node image of the line that the pool is on."""
        return self._newest(pool.properties["nodeImageVersion"])

    def _newest(self, image: str) -> str:
        line, _unused, release = image.rpartition("-")
        return f"{line}-{self.node_image_release or release}"

    def admits_growth(self, cluster: Cluster, old: Json, new: Json) -> bool:
        """Whether the quotas admit the machines that the autoscaler wants."""
        wanted = self._machines(cluster, old, new)
        return not any(self._compute.exceeded(wanted, quota) for quota in wanted.quotas)
