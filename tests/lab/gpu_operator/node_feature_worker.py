# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Publishes the NodeFeatures of nodes on which node feature discovery's worker runs, as the worker would."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.lab import pods
from tests.lab.eras import Era
from tests.lab.gpu_operator.marks import NFD_WORKER, part_of
from tests.lab.gpu_operator.node_features import node_feature
from tests.lab.gpu_operator.operands import FEATURE_DISCOVERY
from tests.lab.kubeapi import ApiError, KubeApi, Object
from tests.lab.nodes import INSTANCE_TYPE_LABEL


class NodeFeatureWorkers:
    """The workers of all nodes. What one has published stays when it goes; the garbage collector removes it with the DaemonSet."""

    def __init__(self, api: KubeApi, era: Era) -> None:
        self._api = api
        self._era = era
        self._published: dict[str, Object] = {}

    async def publish(self, marked: Sequence[Object], nodes: Iterable[Object]) -> None:
        """Publishes what is new, and takes back that of nodes that are gone, as node feature discovery's gc does."""
        by_name = {node["metadata"]["name"]: node for node in nodes}
        for name in self._published.keys() - by_name.keys():
            await self._api.delete(_path(self._published.pop(name)))
        workers, discoveries = (_serving(marked, part) for part in (NFD_WORKER, FEATURE_DISCOVERY.name))
        for name in workers.keys() & by_name.keys():
            size = self._era.size(by_name[name]["metadata"].get("labels", {}).get(INSTANCE_TYPE_LABEL, ""))
            await self._put(node_feature(by_name[name], workers[name], size, discovers_gpus=name in discoveries))

    async def _put(self, feature: Object) -> None:
        name = feature["metadata"]["name"]
        if self._published.get(name) == feature:
            return
        try:
            current = await self._api.get(_path(feature))
        except ApiError as error:
            if not error.not_found:
                raise
            await self._api.create(_path(feature).rpartition("/")[0], feature)
        else:
            version = {"resourceVersion": current["metadata"]["resourceVersion"]}
            await self._api.replace(_path(feature), {**feature, "metadata": {**feature["metadata"], **version}})
        self._published[name] = feature


def _serving(marked: Iterable[Object], part: str) -> dict[str, Object]:
    """The pods of a part that are ready, by node."""
    return {pod["spec"].get("nodeName", ""): pod for pod in marked if part_of(pod) == part and pods.is_serving(pod)}


def _path(feature: Object) -> str:
    metadata = feature["metadata"]
    return f"/apis/nfd.k8s-sigs.io/v1alpha1/namespaces/{metadata['namespace']}/nodefeatures/{metadata['name']}"
