# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Looks for a device-plugin DaemonSet that would run on a pool that brings its own device plugin, too."""

from __future__ import annotations

from contextlib import closing
from typing import Any, Mapping

from ..._core.pool.builtin_plugin import refuse_reached
from ..._core.pool.plan import DesiredPool
from ..._core.scheduling.device_plugins import device_plugins
from ..._errors import KubernetesError
from ..._kube.client import KubeClient
from ..._kube.connection.settings import kube_settings
from ..._kube.resources import DAEMONSETS


def refuse_pool_with_plugin(pool: DesiredPool, cluster: Mapping[str, Any]) -> tuple[str, ...]:
    """Refuse a pool that brings its device plugin where a DaemonSet of one would run, too; warns if the cluster cannot be asked.

    cluster has kubeconfig and context. Raises InvalidInputError.
    """
    settings = kube_settings(cluster, {})
    if not settings.reachable:
        return ()
    try:
        with closing(KubeClient(settings)) as client:
            daemonsets = client.list(DAEMONSETS)
    except KubernetesError as error:
        return (f"Whether a device plugin's DaemonSet reaches the node pool {pool.name} was not checked: {error.message}",)
    refuse_reached(pool, device_plugins(daemonsets, ()))
    return ()
