# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The keys that the values of the GPU Operator's chart have at each place, so that a misspelled one, which Helm ignores, is noticed.

NVIDIA/gpu-operator v26.7.0 (2026-08-20): values.yaml, what its templates read, and the fields of ClusterPolicy; and the chart of node
feature discovery, 0.19.0.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, Iterator, Mapping, Sequence, Tuple

_Path = Tuple[str, ...]
_ALIKE = 0.8
_IMAGE = "repository image version imagePullPolicy imagePullSecrets"
_OPERAND = f"{_IMAGE} enabled env args resources hostNetwork"
_VALIDATED = "plugin cuda driver toolkit vfioPCI vgpuDevices vgpuManager"
_NFD = "node-feature-discovery"
_NFD_POD = """
    enable extraArgs extraEnvs hostNetwork hostUsers dnsPolicy config port podSecurityContext securityContext initContainers livenessProbe
    readinessProbe startupProbe serviceAccount revisionHistoryLimit rbac resources nodeSelector tolerations annotations labels affinity
    networkPolicy priorityClassName
"""
# Place → its keys. What is below a place that is not here is free, such as labels, a nodeSelector, resources and the data of a ConfigMap.
_TEXT: Mapping[str, str] = {
    "": """
        platform nfd psa psp cdi sandboxWorkloads hostPaths daemonsets validator operator mig driver toolkit devicePlugin dcgm dcgmExporter
        gfd migManager nodeStatusExporter gds gdrcopy vgpuManager vgpuDeviceManager vfioManager kataManager kataSandboxDevicePlugin
        sandboxDevicePlugin ccManager clusterPolicy gpuCluster draDriver extraObjects node-feature-discovery global fullnameOverride
        nameOverride tags
    """,
    "platform": "openshift",
    "nfd": "enabled nodefeaturerules",
    "psa": "enabled",
    "cdi": "enabled nriPluginEnabled default",
    "sandboxWorkloads": "enabled defaultWorkload mode",
    "hostPaths": "rootFS driverInstallDir kubeletRootDir",
    "daemonsets": "labels annotations priorityClassName tolerations updateStrategy rollingUpdate podSecurityContext",
    "daemonsets.rollingUpdate": "maxUnavailable",
    "validator": f"{_OPERAND} {_VALIDATED}",
    **{f"validator.{part}": "env" for part in _VALIDATED.split()},
    "operator": f"""
        {_IMAGE} env priorityClassName runtimeClass nodeSelector use_ocp_driver_toolkit cleanupCRD upgradeCRD tolerations annotations labels
        affinity logging resources metrics defaultGPUMode defaultRuntime initContainer
    """,
    "operator.logging": "timeEncoding level develMode",
    "operator.metrics": "serviceMonitor",
    "mig": "strategy",
    "driver": f"""
        {_OPERAND} nvidiaDriverCRD kernelModuleType useOpenKernelModules usePrecompiled startupProbe livenessProbe readinessProbe rdma
        upgradePolicy manager repoConfig certConfig licensingConfig virtualTopology kernelModuleConfig secretEnv
    """,
    "driver.nvidiaDriverCRD": "enabled deployDefaultCR driverType nodeSelector",
    "driver.rdma": "enabled useHostMofed",
    "driver.upgradePolicy": "autoUpgrade maxParallelUpgrades maxUnavailable waitForCompletion gpuPodDeletion drain",
    "driver.upgradePolicy.waitForCompletion": "timeoutSeconds podSelector",
    "driver.upgradePolicy.gpuPodDeletion": "force timeoutSeconds deleteEmptyDir",
    "driver.upgradePolicy.drain": "enable force podSelector timeoutSeconds deleteEmptyDir",
    "driver.manager": f"{_IMAGE} env",
    "driver.repoConfig": "configMapName",
    "driver.certConfig": "name",
    "driver.licensingConfig": "secretName configMapName nlsEnabled",
    "driver.virtualTopology": "config",
    "driver.kernelModuleConfig": "name",
    "toolkit": f"{_OPERAND} installDir",
    "devicePlugin": f"{_OPERAND} config mps",
    "devicePlugin.config": "create name default data",
    "devicePlugin.mps": "root",
    "dcgm": f"{_OPERAND} hostPort",
    "dcgmExporter": f"""
        {_OPERAND} annotations hostPID hpcJobMapping enablePodLabels enablePodUID podLabelAllowlistRegex service serviceMonitor config
    """,
    "dcgmExporter.hpcJobMapping": "enabled directory",
    "dcgmExporter.service": "type internalTrafficPolicy",
    "dcgmExporter.serviceMonitor": "enabled interval scrapeTimeout honorLabels additionalLabels relabelings",
    "dcgmExporter.config": "create name data",
    "gfd": _OPERAND,
    "migManager": f"{_OPERAND} config gpuClientsConfig",
    "migManager.config": "create name default data",
    "migManager.gpuClientsConfig": "name",
    "nodeStatusExporter": _OPERAND,
    "gds": _OPERAND,
    "gdrcopy": _OPERAND,
    "vgpuManager": f"{_OPERAND} driverManager kernelModuleConfig",
    "vgpuManager.driverManager": f"{_IMAGE} env",
    "vgpuDeviceManager": f"{_OPERAND} config",
    "vgpuDeviceManager.config": "name default",
    "vfioManager": f"{_OPERAND} driverManager",
    "vfioManager.driverManager": f"{_IMAGE} env",
    "kataManager": f"{_OPERAND} config",
    "kataSandboxDevicePlugin": _OPERAND,
    "sandboxDevicePlugin": _OPERAND,
    "ccManager": f"{_OPERAND} defaultMode",
    "clusterPolicy": "deployCR",
    "gpuCluster": "deployCR",
    "draDriver": f"{_IMAGE} featureGates gpus computeDomains",
    "draDriver.gpus": "kubeletPlugin",
    "draDriver.computeDomains": "enabled controller kubeletPlugin",
    _NFD: """
        enabled image imagePullSecrets nameOverride fullnameOverride namespaceOverride featureGates checksumValuesOnly priorityClassName
        postDeleteCleanup global master worker topologyUpdater gc prometheus tls
    """,
    f"{_NFD}.image": "repository tag pullPolicy",
    f"{_NFD}.master": f"""
        {_NFD_POD} instance resyncPeriod denyLabelNs extraLabelNs enableTaints nfdApiParallelism deploymentAnnotations replicaCount
        podDisruptionBudget
    """,
    f"{_NFD}.worker": f"{_NFD_POD} ownerRefs daemonsetAnnotations mountUsrSrc updateStrategy",
    f"{_NFD}.gc": f"{_NFD_POD} replicaCount interval deploymentAnnotations podDisruptionBudget",
}
_KEYS: Mapping[str, Tuple[str, ...]] = {place: tuple(keys.split()) for place, keys in _TEXT.items()}


def is_of_chart(path: _Path) -> bool:
    """Whether the keys at a place are those of the chart, or of a part that only a newer chart has; anywhere else, they are free."""
    return len(path) <= 1 or ".".join(path) in _KEYS


def misspelled(values: Mapping[str, Any], path: _Path = ()) -> Iterator[tuple[_Path, str]]:
    """Each key of a user's values that is not one of the chart and looks like one, by its path, and that one.

    A newer chart may have keys that are not known here, so no other key is named.
    """
    known: Sequence[str] = _KEYS.get(".".join(path), ())
    for key, value in values.items():
        meant = [] if key in known else get_close_matches(key.lower(), [each.lower() for each in known], n=1, cutoff=_ALIKE)
        for name in known if meant else ():
            if name.lower() in meant:
                yield (*path, key), name
        if known and isinstance(value, dict):
            yield from misspelled(value, (*path, key))
