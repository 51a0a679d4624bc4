# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the AKS resource provider refuses about a pool's disks, boot and node configuration. Where a text comes from: ../FIDELITY.md.

from __future__ import annotations

from tests.lab.arm.errors.aks import ServiceError


class VMCacheSizeTooSmallError(ServiceError):
    """An ephemeral OS disk that is larger than the size's cache or temporary disk."""

    code = "VMCacheSizeTooSmall"
    text = (
        "The virtual machine size {size} has a cache size of {cache} bytes, but the OS disk requires {disk} bytes. "
        "Use a VM size with larger cache or disable ephemeral OS."
    )

    def __init__(self, *, size: str, cache_gib: int, disk_gib: int) -> None:
        super().__init__(self.text.format(size=size, cache=cache_gib << 30, disk=disk_gib << 30))


class EphemeralDiskNotSupportedError(ServiceError):
    """An ephemeral OS disk on a size that does not support one."""

    code = "VMSizeDoesNotSupportEphemeralOS"
    text = "The Virtual Machine size {size} does not support Ephemeral OS disk."

    def __init__(self, *, size: str) -> None:
        super().__init__(self.text.format(size=size))


class TrustedLaunchIncompatibleError(ServiceError):
    """Secure boot or a virtual TPM where the node image has neither."""

    code = "TrustedLaunchIncompatibleWithConfig"
    text = (
        "Trusted Launch enabled clusters using vTPM and/or Secure Boot are not supported for this agentpool. Secure Boot and/or vTPM "
        "requires the VM Image to be Trusted Launch Compatible. Ubuntu 1804, FIPS, Arm64, CBLMariner, GPU nodepools dont have Trusted "
        "Launch support."
    )

    def __init__(self) -> None:
        super().__init__(self.text)


class NodeConfigurationChangedError(ServiceError):
    """Another kubeletConfig or linuxOSConfig than at creation."""

    code = "CustomKubeletConfigOrCustomLinuxOSConfigCanNotBeChanged"
    text = "CustomKubeletConfig or CustomLinuxOSConfig can not be changed for this operation."

    def __init__(self) -> None:
        super().__init__(self.text)


class InvalidCustomLinuxOSConfigError(ServiceError):
    """A swap file with a kubelet that does not start on a node with swap."""

    code = "InvalidCustomLinuxOSConfig"
    text = "CustomKubeletConfig.FailSwapOn must be set to false to enable swap file on nodes."

    def __init__(self) -> None:
        super().__init__(self.text)
