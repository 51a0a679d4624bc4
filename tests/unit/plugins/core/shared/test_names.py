# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.names import (
    CLUSTER,
    FEATURE,
    GROUP,
    LABEL,
    LOCATION,
    PROVIDER,
    SUBDOMAIN,
    NameRule,
    checked_name,
)
from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.outcome import perform
from ansible_collections.gpuops.aks.plugins.module_utils._operations import register
from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster import operation as cluster
from ansible_collections.gpuops.aks.plugins.module_utils._operations.credentials import operation as credentials
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Operation
from ansible_collections.gpuops.aks.plugins.module_utils._operations.plugin import operation as device_plugin
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool import operation as nodepool
from ansible_collections.gpuops.aks.plugins.module_utils._operations.preflight import operation as preflight
from ansible_collections.gpuops.aks.plugins.module_utils._operations.workload import gpu_job, mnist_job

from ...tasks import real_run, task_parameters

_IN_CLUSTER = {"resource_group": "rg", "cluster": "aks"}
# Operation, what it needs, and the parameters of it that end up in a request's path.
_OPERATIONS = [
    (cluster.OPERATION, {"resource_group": "rg", "name": "aks", "state": "absent"}, ("resource_group", "name", "location")),
    (credentials.OPERATION, {**_IN_CLUSTER, "path": "/nowhere"}, ("resource_group", "cluster")),
    (nodepool.OPERATION, {**_IN_CLUSTER, "name": "gpunp", "state": "absent"}, ("resource_group", "cluster", "name")),
    (preflight.OPERATION, {**_IN_CLUSTER, "name": "gpunp"}, ("resource_group", "cluster", "name", "location")),
    (register.OPERATION, {"features": ["GPUDedicatedVHDPreview"]}, ("provider", "features")),
    (gpu_job.OPERATION, {"name": "train", "state": "absent"}, ("name", "namespace")),
    (mnist_job.OPERATION, {"state": "absent"}, ("name", "namespace")),
    (device_plugin.OPERATION, {"state": "absent"}, ("name", "namespace")),
]
_OPTIONAL = (preflight.OPERATION,)  # there, an empty name is one that isn't given; an empty location is so everywhere
_CASES = [
    (operation, needed, parameter, name)
    for operation, needed, parameters in _OPERATIONS
    for parameter in parameters
    for name in (
        *([] if operation in _OPTIONAL or parameter == "location" else [""]),
        "x/../y",
        "..",
        *([" "] if parameter == "location" else []),
    )
] + [(preflight.OPERATION, {"cluster": "aks"}, "resource_group", "")]


@pytest.mark.parametrize(
    ("rule", "name"),
    [(GROUP, "my-Group_(1).x"), (GROUP, "größe"), (CLUSTER, "myAKSCluster"), (CLUSTER, "a_b-1"), (PROVIDER, "Microsoft.ContainerService"),
     (LOCATION, "eastus2"), (LOCATION, "East US 2 EUAP"), (LOCATION, "(US) East US"),
     (FEATURE, "GPUDedicatedVHDPreview"), (LABEL, "samples-tf-mnist-demo"), (SUBDOMAIN, "nvidia.device-plugin")],
)  # fmt: skip
def test_valid_name_is_accepted(rule: NameRule, name: str) -> None:
    assert checked_name("name", name, rule) == name


@pytest.mark.parametrize("rule", [GROUP, CLUSTER, PROVIDER, FEATURE, LABEL, SUBDOMAIN])
@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a/../b", "a?b", "a#b", "a%2fb", "a b", "a\n", "x" * 254 + "."])
def test_no_rule_lets_a_path_through(rule: NameRule, name: str) -> None:
    with pytest.raises(Exception, match="name is") as refusal:
        checked_name("name", name, rule)
    assert refusal.value.code == "InvalidName"  # type: ignore[attr-defined]


@pytest.mark.parametrize(("operation", "needed", "parameter", "name"), _CASES)
def test_invalid_name_is_rejected_before_any_request(operation: Operation, needed: dict[str, Any], parameter: str, name: str) -> None:
    given = {**needed, parameter: [name] if parameter == "features" else name}
    result = perform(operation, task_parameters(operation, given), real_run(), diff=False)[0]
    assert result["error"]["code"] in ("InvalidName", "InvalidPoolName"), result["msg"]
    assert result["error"]["remedy"]
