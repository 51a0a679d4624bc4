# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that options of the Azure CLI name; it knows the members by their REST names only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KUBELET = {
    "cpuManagerPolicy": "static",
    "cpuCfsQuota": True,
    "cpuCfsQuotaPeriod": "200ms",
    "imageGcHighThreshold": 90,
    "imageGcLowThreshold": 70,
    "topologyManagerPolicy": "best-effort",
    "allowedUnsafeSysctls": ["kernel.msg*"],
    "failSwapOn": False,
    "containerLogMaxSizeMB": 20,
    "containerLogMaxFiles": 6,
    "podMaxPids": 2048,
}
LINUX = {
    "transparentHugePageEnabled": "madvise",
    "transparentHugePageDefrag": "defer+madvise",
    "swapFileSizeMB": 1500,
    "sysctls": {
        "netCoreSomaxconn": 1000,
        "netCoreNetdevMaxBacklog": 1001,
        "netCoreRmemDefault": 1002,
        "netCoreRmemMax": 1003,
        "netCoreWmemDefault": 1004,
        "netCoreWmemMax": 1005,
        "netCoreOptmemMax": 1006,
        "netIpv4TcpMaxSynBacklog": 1007,
        "netIpv4TcpMaxTwBuckets": 1008,
        "netIpv4TcpFinTimeout": 1009,
        "netIpv4TcpKeepaliveTime": 1010,
        "netIpv4TcpKeepaliveProbes": 1011,
        "netIpv4TcpkeepaliveIntvl": 1012,
        "netIpv4TcpTwReuse": True,
        "netIpv4IpLocalPortRange": "32000 60000",
        "netIpv4NeighDefaultGcThresh1": 1015,
        "netIpv4NeighDefaultGcThresh2": 1016,
        "netIpv4NeighDefaultGcThresh3": 1017,
        "netNetfilterNfConntrackMax": 1018,
        "netNetfilterNfConntrackBuckets": 1019,
        "fsInotifyMaxUserWatches": 1020,
        "fsFileMax": 1021,
        "fsAioMaxNr": 1022,
        "fsNrOpen": 1023,
        "kernelThreadsMax": 1024,
        "vmMaxMapCount": 1025,
        "vmSwappiness": 1026,
        "vmVfsCachePressure": 1027,
    },
}
# A swap file needs a kubelet that starts beside one.
SWAP = {"failSwapOn": False}
FILES: Mapping[str, Mapping[str, Any]] = {"kubelet.json": KUBELET, "linux.json": LINUX, "swap.json": SWAP}
