# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets up the volumes of a pod before its containers start."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import aiohttp

from tests.lab import volumes
from tests.lab.kubeapi import ApiError, KubeApi, Object
from tests.lab.podreports import PodReports
from tests.lab.volumes import MountError, PodDirectory

# kubernetes pkg/util/goroutinemap/exponentialbackoff
_RETRY_S, _LONGEST_RETRY_S = 0.5, 122.0


async def set_up(pod: Object, files: PodDirectory, api: KubeApi, reports: PodReports) -> None:
    """Writes the volumes; one that cannot be written is reported and tried again for ever, as a kubelet does."""
    for volume in pod["spec"].get("volumes", []):
        if "emptyDir" in volume:
            files.add_empty_volume(volume["name"])
        elif "configMap" in volume:
            await _set_up_config_map(pod, volume, files, api, reports)


async def _set_up_config_map(pod: Object, volume: Object, files: PodDirectory, api: KubeApi, reports: PodReports) -> None:
    source, delay = volume["configMap"], _RETRY_S
    path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/configmaps/{source['name']}"
    while True:
        try:
            files.add_volume(volume["name"], volumes.config_map_files(source, await _object(api, path)))
            return
        except MountError as error:
            await reports.warning("FailedMount", f'MountVolume.SetUp failed for volume "{volume["name"]}" : {error}')
        await asyncio.sleep(delay)
        delay = min(2 * delay, _LONGEST_RETRY_S)


async def _object(api: KubeApi, path: str) -> Object | None:
    try:
        return await api.get(path)
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise MountError(str(error)) from error
    except aiohttp.ClientError as error:
        raise MountError(str(error)) from error
