# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The components that the operator runs on nodes, in the order in which they wait for each other."""

from __future__ import annotations

from dataclasses import dataclass

DEPLOY_PREFIX = "nvidia.com/gpu.deploy."
# Init containers that wait: for the driver, for the container toolkit, for a CUDA program to have run, for allocatable GPUs.
DRIVER_VALIDATION, TOOLKIT_VALIDATION = "driver-validation", "toolkit-validation"
CUDA_VALIDATION, PLUGIN_VALIDATION = "cuda-validation", "plugin-validation"


@dataclass(frozen=True)
class Operand:
    """A component: its DaemonSet, its part of the ClusterPolicy's spec, the state that reports it, its containers in their order.

    deploy: the end of the label that selects its nodes. takes_s: simulated seconds that its main container needs to get ready.
    """

    name: str
    part: str
    state: str
    deploy: str
    init: tuple[str, ...]
    main: str
    takes_s: float = 0.0

    @property
    def label(self) -> str:
        """The label of the nodes that it runs on."""
        return f"{DEPLOY_PREFIX}{self.deploy}"


# Compiling the driver takes minutes on a node; the lab's own number.
_DRIVER_S = 120.0
_TOOLKIT_S = 10.0
_PAUSE = ("toolkit-validation", "config-manager-init")

DRIVER = Operand(
    "nvidia-driver-daemonset", "driver", "state-driver", "driver", ("k8s-driver-manager",), "nvidia-driver-ctr", takes_s=_DRIVER_S
)
TOOLKIT = Operand(
    "nvidia-container-toolkit-daemonset",
    "toolkit",
    "state-container-toolkit",
    "container-toolkit",
    (DRIVER_VALIDATION,),
    "nvidia-container-toolkit-ctr",
    takes_s=_TOOLKIT_S,
)
VALIDATOR = Operand(
    "nvidia-operator-validator",
    "validator",
    "state-operator-validation",
    "operator-validator",
    (DRIVER_VALIDATION, TOOLKIT_VALIDATION, CUDA_VALIDATION, PLUGIN_VALIDATION),
    "nvidia-operator-validator",
)
DEVICE_PLUGIN = Operand(
    "nvidia-device-plugin-daemonset", "devicePlugin", "state-device-plugin", "device-plugin", _PAUSE, "nvidia-device-plugin"
)
FEATURE_DISCOVERY = Operand(
    "gpu-feature-discovery", "gfd", "gpu-feature-discovery", "gpu-feature-discovery", _PAUSE, "gpu-feature-discovery"
)
DCGM_EXPORTER = Operand(
    "nvidia-dcgm-exporter", "dcgmExporter", "state-dcgm-exporter", "dcgm-exporter", (TOOLKIT_VALIDATION,), "nvidia-dcgm-exporter"
)
MIG_MANAGER = Operand("nvidia-mig-manager", "migManager", "state-mig-manager", "mig-manager", (TOOLKIT_VALIDATION,), "nvidia-mig-manager")

OPERANDS: tuple[Operand, ...] = (
    DRIVER,
    TOOLKIT,
    VALIDATOR,
    DEVICE_PLUGIN,
    Operand("nvidia-dcgm", "dcgm", "state-dcgm", "dcgm", (TOOLKIT_VALIDATION,), "nvidia-dcgm-ctr"),
    DCGM_EXPORTER,
    FEATURE_DISCOVERY,
    MIG_MANAGER,
    Operand(
        "nvidia-node-status-exporter",
        "nodeStatusExporter",
        "state-node-status-exporter",
        "node-status-exporter",
        (DRIVER_VALIDATION,),
        "nvidia-node-status-exporter",
    ),
)
# Labels that the operator puts on each node with a GPU, those of MIG apart.
DEPLOYED = tuple(operand.label for operand in OPERANDS if operand is not MIG_MANAGER)
BY_NAME = {operand.name: operand for operand in OPERANDS}
