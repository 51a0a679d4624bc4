# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The Xid errors of the NVIDIA driver: number, name, meaning, whose fault it is, and what ends it.

Numbers that NVIDIA's catalog calls unused, or for which it names no action, are not here.
"""

from __future__ import annotations

from typing import Iterator

from .fault import Action, Fault, Owner

# Names and immediate actions are those of the catalog. Of its resolution buckets, IGNORE is here none, RESTART_APP restart the workload,
# RESET_GPU and its workflows for ECC and NVLink reset the GPU, RESTART_VM reboot, UPDATE_SWFW upgrade the node image and CONTACT_SUPPORT
# report to Azure. RESTART_BM restarts the host, which a guest cannot: only another machine gets another host.
CATALOG = "https://docs.nvidia.com/deploy/xid-errors/analyzing-xid-catalog.html"
# Which are the application's: the numbers after which NVIDIA's device plugin leaves the device in service, and those that the catalog has
# investigated in the application (CHECK_APP/CUDA). The driver's are those with INVESTIGATE_SW; the rest follows from the name.
_APPLICATIONS = f"{CATALOG}; NVIDIA/k8s-device-plugin internal/rm/health.go"
# The message of an Xid 154 says what the others take; nvml.h, nvmlDeviceGpuRecoveryAction_t, has the numbers.
RECOVERY_ACTION = 154
_RECOVERY = f"{CATALOG}; nvml.h, nvmlDeviceGpuRecoveryAction_t"

_A, _D, _H, _F, _U = Owner.APPLICATION, Owner.DRIVER, Owner.HARDWARE, Owner.FABRIC, Owner.UNCLEAR
_NONE, _RESTART, _RESET = Action.NONE, Action.RESTART, Action.RESET
_ROWS: tuple[tuple[int, str, str, Owner, Action], ...] = (
    (8, "ROBUST_CHANNEL_FIFO_ERROR_IDLE_TIMEOUT", "the GPU stopped processing", _U, _RESTART),
    (11, "ROBUST_CHANNEL_GR_ERROR_MISSING_HW", "an invalid stream of commands reached the GPU", _A, _RESTART),
    (13, "ROBUST_CHANNEL_GR_EXCEPTION", "the graphics engine raised an exception", _A, _RESTART),
    (25, "ROBUST_CHANNEL_GR_ILLEGAL_NOTIFY", "an illegal stream of commands reached the GPU", _A, _RESTART),
    (31, "ROBUST_CHANNEL_FIFO_ERROR_MMU_ERR_FLT", "a GPU memory page fault", _A, _RESTART),
    (32, "ROBUST_CHANNEL_PBDMA_ERROR", "a corrupted stream of commands reached the GPU", _A, _RESTART),
    (37, "ROBUST_CHANNEL_FECS_ERR_UNIMP_FIRMWARE_METHOD", "the driver's firmware does not know a method", _D, _NONE),
    (38, "ROBUST_CHANNEL_FECS_ERR_WATCHDOG_TIMEOUT", "the watchdog of the driver's firmware expired", _D, _NONE),
    (43, "ROBUST_CHANNEL_RESETCHANNEL_VERIF_ERROR", "the GPU stopped processing a program that had failed", _A, _NONE),
    (44, "ROBUST_CHANNEL_GR_FAULT_DURING_CTXSW", "the graphics engine failed while it changed contexts", _U, _NONE),
    (45, "ROBUST_CHANNEL_PREEMPTIVE_REMOVAL", "a program's work was removed after an earlier error", _A, _RESTART),
    (46, "ROBUST_CHANNEL_GPU_TIMEOUT_ERROR", "the GPU stopped processing and did not recover", _U, _RESET),
    (48, "ROBUST_CHANNEL_GPU_ECC_DBE", "a memory error that ECC cannot correct", _H, _RESET),
    (54, "SILENT_RUNNING_PWR_REDUCED_CLOCKING", "the GPU's auxiliary power is not connected", _H, Action.REPORT),
    (60, "ROBUST_CHANNEL_SEC2_ERROR", "an exception of the video and security processor", _D, _RESTART),
    (62, "PMU_HALT_ERROR", "an internal microcontroller has halted", _U, _RESET),
    (63, "INFOROM_DRAM_RETIREMENT_EVENT", "failing memory is marked for remapping at the next reset", _H, _NONE),
    (64, "INFOROM_DRAM_RETIREMENT_FAILURE", "failing memory could not be remapped", _H, _RESET),
    (66, "ROBUST_CHANNEL_FECS_ERR_REG_ACCESS_VIOLATION", "an illegal access by the driver", _D, _NONE),
    (67, "ROBUST_CHANNEL_FECS_ERR_VERIF_VIOLATION", "an illegal access by the driver", _D, _NONE),
    (68, "ROBUST_CHANNEL_NVDEC0_ERROR", "an exception of the video decoder", _A, _RESTART),
    (69, "ROBUST_CHANNEL_GR_CLASS_ERROR", "an error of a class of the graphics engine", _A, _RESTART),
    (74, "NVLINK_ERROR", "an NVLink error", _F, _RESET),
    (78, "VGPU_START_ERROR", "the vGPU cannot start: the guest's driver does not fit the host's", _D, Action.UPGRADE),
    (79, "ROBUST_CHANNEL_GPU_HAS_FALLEN_OFF_THE_BUS", "the GPU has fallen off the PCI bus", _H, Action.REPLACE),
    (80, "PBDMA_PUSHBUFFER_CRC_MISMATCH", "corrupted data reached the GPU", _A, _RESTART),
    (92, "EXCESSIVE_SBE_INTERRUPTS", "a high rate of memory errors that ECC has corrected", _H, _NONE),
    (93, "INFOROM_ERASE_LIMIT_EXCEEDED", "the infoROM is written more often than planned", _H, _NONE),
    (94, "ROBUST_CHANNEL_CONTAINED_ERROR", "a memory error that only one program was affected by", _H, _RESTART),
    (95, "ROBUST_CHANNEL_UNCONTAINED_ERROR", "a memory error that may have affected every program on the GPU", _H, _RESET),
    (106, "SMBPBI_TEST_MESSAGE", "a test message", _U, _NONE),
    (107, "SMBPBI_TEST_MESSAGE_SILENT", "a silent test message", _U, _NONE),
    (109, "ROBUST_CHANNEL_CTXSW_TIMEOUT_ERROR", "the GPU did not change contexts in time", _A, _RESET),
    (110, "SEC_FAULT_ERROR", "a security fault", _D, _RESET),
    (119, "GSP_RPC_TIMEOUT", "the GPU's system processor (GSP) did not answer the driver in time", _D, _RESET),
    (120, "GSP_ERROR", "the firmware of the GPU's system processor (GSP) failed", _D, _RESET),
    (121, "C2C_ERROR", "an error on the link between two chips, which was corrected", _F, _NONE),
    (136, "ALI_TRAINING_FAIL", "an NVLink could not be trained", _F, _RESET),
    (137, "NVLINK_PRIV_ERR", "a remote access over NVLink was refused", _F, _NONE),
    (140, "UNRECOVERABLE_ECC_ERROR_ESCAPE", "a memory error that ECC could not recover", _H, _RESET),
    (141, "ROBUST_CHANNEL_FAST_PATH_ERROR", "an error on CUDA's fast path", _U, _NONE),
    (142, "ROBUST_CHANNEL_NVENC3_ERROR", "an exception of video encoder 3", _U, Action.REPORT),
    (143, "GPU_INIT_ERROR", "the GPU could not be initialized", _U, _RESET),
    (144, "NVLINK_SAW_ERROR", "an NVLink error (SAW)", _F, _RESET),
    (145, "NVLINK_RLW_ERROR", "an NVLink error (RLW)", _F, _RESET),
    (146, "NVLINK_TLW_ERROR", "an NVLink error (TLW)", _F, _RESET),
    (147, "NVLINK_TREX_ERROR", "an NVLink error (TREX)", _F, _RESET),
    (148, "NVLINK_NVLPW_CTRL_ERROR", "an NVLink error (NVLPW_CTRL)", _F, _RESET),
    (149, "NVLINK_NETIR_ERROR", "an NVLink error (NETIR)", _F, _RESET),
    (150, "NVLINK_MSE_ERROR", "an NVLink error (MSE)", _F, _RESET),
    (151, "ROBUST_CHANNEL_KEY_ROTATION_ERROR", "a confidential GPU could not change its keys", _U, Action.REBOOT),
    (152, "ROBUST_CHANNEL_DLA_SMMU_ERROR", "a memory error of the deep learning accelerator (DLA)", _U, _NONE),
    (153, "ROBUST_CHANNEL_DLA_TIMEOUT", "the deep learning accelerator (DLA) did not finish in time", _U, _NONE),
    (RECOVERY_ACTION, "GPU_RECOVERY_ACTION_CHANGED", "the driver says what the GPU needs after another error", _U, _NONE),
    (155, "NVLINK_SW_DEFINED_ERROR", "an NVLink error that software defines", _F, _RESET),
    (156, "RESOURCE_RETIREMENT_EVENT", "a failing part of the GPU is retired at the next reset", _H, _RESET),
    (157, "RESOURCE_RETIREMENT_FAILURE", "a failing part of the GPU could not be retired", _H, _NONE),
    (158, "GPU_FATAL_TIMEOUT", "the GPU did not answer in time, and does not recover", _U, _RESET),
    (160, "CHANNEL_RETIREMENT_EVENT", "a failing memory channel is retired", _H, _NONE),
    (161, "CHANNEL_RETIREMENT_FAILURE", "a failing memory channel could not be retired", _H, _NONE),
    (171, "UNCORRECTABLE_DRAM_ERROR", "the memory error of an Xid 48 was in DRAM", _H, _RESET),
    (172, "UNCORRECTABLE_SRAM_ERROR", "the memory error of an Xid 48 was in SRAM", _H, _RESET),
)
# The engines of which a GPU has several: all are restarted with the program that uses them.
_ENGINES = (
    ("CE", "copy engine", 0, (39, 40, 41, 70, 71, 72, 75, 76, 77, 85, *range(126, 136))),
    ("NVDEC", "video decoder", 1, (83, 84, 88, 89, 96, 97, 98)),
    ("NVJPG", "JPEG decoder", 0, (82, *range(99, 106))),
    ("OFA", "optical flow accelerator", 0, (86, 139)),
)


def _engines() -> Iterator[tuple[int, str, str, Owner, Action]]:
    for engine, words, first, numbers in _ENGINES:
        for each, number in enumerate(numbers, first):
            yield number, f"ROBUST_CHANNEL_{engine}{each}_ERROR", f"an exception of {words} {each}", Owner.UNCLEAR, Action.RESTART


def _fault(number: int, name: str, meaning: str, owner: Owner, action: Action) -> Fault:
    source = _APPLICATIONS if owner is Owner.APPLICATION else _RECOVERY if number == RECOVERY_ACTION else CATALOG
    return Fault("Xid", str(number), name, meaning, owner, action, source)


XIDS = {row[0]: _fault(*row) for row in sorted((*_ROWS, *_engines()))}
APPLICATION_XIDS = tuple(number for number, fault in XIDS.items() if fault.owner is Owner.APPLICATION)
# By its number, what an Xid 154 asks for.
RECOVERY_ACTIONS = {0: Action.NONE, 1: Action.RESET, 2: Action.REBOOT, 3: Action.RESET, 4: Action.RESET}
