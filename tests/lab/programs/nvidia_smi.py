# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for nvidia-smi: lists the simulated GPUs that the lab's kubelet gave the container."""

from __future__ import annotations

import os
import sys

from tests.lab.programs import gpus

_RULE = "+-----+----------------------------+-------------+---------------+------------------------------------------+"


def main() -> int:
    """Prints the table; 9 without a device, as nvidia-smi exits without a driver."""
    print("gpuops.aks lab: this stands in for nvidia-smi. The GPUs below are simulated; no driver and no device is behind them.")
    found = gpus.visible(os.environ)
    if not found:
        print("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.")
        return 9
    print(
        _RULE,
        "| GPU | Name                       |      Memory | Bus-Id        | UUID                                     |",
        _RULE.replace("-", "="),
        sep="\n",
    )
    for gpu in found:
        print(f"| {gpu.index:>3} | {gpu.model:<26} | {gpu.memory_gib:>7.2f}GiB  | {gpu.pci_bus_id:<13} | {gpu.uuid:<40} |")
    print(_RULE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
