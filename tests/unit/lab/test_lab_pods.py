# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.lab import pods
from tests.lab.programs import BROKEN_DEVICE_PLUGIN

TAINT = {"key": "sku", "value": "gpu", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1), ("250m", "0.25"), ("2Ki", 2048), ("1.5Gi", 3 * 2**29), ("3M", 3_000_000), ("119703055367", 119703055367)]
)
def test_quantities(text: str, value: str | int) -> None:
    assert pods.quantity(text) == Decimal(value)


@pytest.mark.parametrize(
    ("toleration", "fits"),
    [
        ({"key": "sku", "operator": "Equal", "value": "gpu", "effect": "NoSchedule"}, True),
        ({"key": "sku", "value": "gpu"}, True),
        ({"key": "sku", "operator": "Exists"}, True),
        ({"operator": "Exists"}, True),
        ({"key": "sku", "operator": "Equal", "value": "cpu"}, False),
        ({"key": "nvidia.com/gpu", "operator": "Exists"}, False),
        ({"key": "sku", "operator": "Exists", "effect": "NoExecute"}, False),
    ],
)
def test_tolerations(toleration: dict[str, str], fits: bool) -> None:
    pod: dict[str, Any] = {"spec": {"containers": [], "tolerations": [toleration]}}
    assert pods.fits(pod, labels={}, taints=[TAINT], free={}) is fits


def test_preference_does_not_block() -> None:
    pod: dict[str, Any] = {"spec": {"containers": []}}
    assert pods.fits(pod, labels={}, taints=[{**TAINT, "effect": "PreferNoSchedule"}], free={})


@pytest.mark.parametrize(("path", "is_plugin"), [("/var/lib/kubelet/device-plugins/", True), ("/var/lib/kubelet", False), ("/dev", False)])
def test_device_plugin_is_known_by_the_directory_it_mounts(path: str, is_plugin: bool) -> None:
    container = {"name": "c", "image": "i", "volumeMounts": [{"name": "v", "mountPath": "/anywhere"}]}
    pod = {"spec": {"containers": [container], "volumes": [{"name": "v", "hostPath": {"path": path}}]}}
    assert pods.is_device_plugin(pod) is is_plugin


def test_volume_that_no_container_mounts_makes_no_plugin() -> None:
    volume = {"name": "v", "hostPath": {"path": pods.DEVICE_PLUGINS_DIRECTORY}}
    assert not pods.is_device_plugin({"spec": {"containers": [{"name": "c", "image": "i"}], "volumes": [volume]}})


def test_plugin_that_is_broken_registers_no_devices() -> None:
    mount = {"name": "device-plugin", "mountPath": pods.DEVICE_PLUGINS_DIRECTORY}
    volume = {"name": "device-plugin", "hostPath": {"path": pods.DEVICE_PLUGINS_DIRECTORY}}
    plugin: dict[str, Any] = {"spec": {"volumes": [volume], "containers": [{"image": "nvcr.io/nvidia/k8s-device-plugin:v0.20.0"}]}}
    plugin["spec"]["containers"][0]["volumeMounts"] = [mount]
    assert pods.is_device_plugin(plugin)
    plugin["spec"]["containers"][0]["image"] = BROKEN_DEVICE_PLUGIN
    assert not pods.is_device_plugin(plugin)
