# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The row type of the catalog of GPU faults, and the remedy that each action stands for.

The tables are next to it, one for each kind of number: xids, sxids, nhc_codes and results.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum


class Owner(Enum):
    """Whose fault it is, according to the source of the row."""

    APPLICATION = "application"
    DRIVER = "driver"
    HARDWARE = "hardware"
    FABRIC = "fabric"
    THERMAL = "thermal"
    HOST = "host"
    UNCLEAR = "unclear"  # the source names none


class Action(IntEnum):
    """What ends the fault. Of several faults, the one with the highest action decides."""

    NONE = 0
    RESTART = 1
    UPGRADE = 2
    RESET = 3
    REBOOT = 4
    REPLACE = 5
    REPORT = 6

    @property
    def words(self) -> str:
        """The action as the documentation calls it."""
        return _WORDS[self]


_WORDS = {
    Action.NONE: "none",
    Action.RESTART: "restart the workload",
    Action.UPGRADE: "upgrade the node image",
    Action.RESET: "reset the GPU",
    Action.REBOOT: "reboot",
    Action.REPLACE: "replace the node",
    Action.REPORT: "report to Azure",
}
# What an action takes on AKS, as one or more sentences about {node}.
_EMPTY = "run 'kubectl drain {node} --ignore-daemonsets'"
DRAIN = f"{_EMPTY}, then delete its machine with 'az aks nodepool delete-machines'."
REPLACE_NODE = f"Replace the node: {DRAIN}"
THEN_REPLACE_NODE = f"replace the node: {DRAIN}"
THEN_UPGRADE_IMAGE = "upgrade the pool's node image, which contains the driver, with 'az aks nodepool upgrade --node-image-only'."
_AGAIN = "If the error returns, delete the machine with 'az aks nodepool delete-machines'."
CHECK_WORKLOAD = (
    "Check the workload that ran on the node and run it on another node. Replace the node only if other workloads fail there too."
)
_REMEDIES = {
    Action.NONE: "Leave the node as it is. NVIDIA's catalog asks for no action, and another error at the same time may be the cause.",
    Action.RESTART: f"Run the workload again. If the error returns, {THEN_REPLACE_NODE}",
    Action.UPGRADE: f"The driver is too old: {THEN_UPGRADE_IMAGE}",
    Action.RESET: f"Reset the GPU: {_EMPTY}, then 'nvidia-smi --gpu-reset' on the node, or restart its machine. {_AGAIN}",
    Action.REBOOT: f"Restart the node's machine: {_EMPTY} first. {_AGAIN}",
    Action.REPLACE: REPLACE_NODE,
    Action.REPORT: f"{REPLACE_NODE} Report the machine to Azure support, so that Azure takes it out of service.",
}


@dataclass(frozen=True)
class Fault:
    """A number or code that a driver, a library or a health check reports.

    Attributes:
        kind: What kind of code it is, such as Xid.
        code: The number, or the code with its letters.
        name: The name that the source gives it.
        meaning: What has happened, as the part of a sentence.
        owner: Whose fault it is.
        action: What ends it.
        source: Where it is documented.
    """

    kind: str
    code: str
    name: str
    meaning: str
    owner: Owner
    action: Action
    source: str

    @property
    def remedy(self) -> str:
        """What to do, about {node}."""
        return CHECK_WORKLOAD if self.owner is Owner.APPLICATION and self.passes else remedy_of(self.action)

    @property
    def known(self) -> bool:
        """Whether it is in the catalog."""
        return bool(self.name)

    @property
    def passes(self) -> bool:
        """Whether the node needs nothing: the fault asks for no action, or only the application is to blame."""
        return self.action is Action.NONE or (self.owner is Owner.APPLICATION and self.action is Action.RESTART)

    @property
    def sentence(self) -> str:
        """The fault and its meaning, for a cause."""
        return f"{self.kind} {self.code}: {self.meaning}."


def remedy_of(action: Action) -> str:
    """What an action takes on AKS, about {node}."""
    return _REMEDIES[action]
