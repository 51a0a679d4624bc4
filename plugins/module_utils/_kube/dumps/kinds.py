# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The kinds of objects that a diagnosis reads: one row each, for what gpu_collect archives and for what is read from files."""

from __future__ import annotations

from typing import NamedTuple

from ..resources import (
    AKS_NODE_CLASSES,
    CLUSTER_POLICIES,
    CONFIG_MAPS,
    DAEMONSETS,
    DEVICE_CLASSES,
    EVENTS,
    NODES,
    NVIDIA_DRIVERS,
    PODS,
    RESOURCE_CLAIMS,
    RESOURCE_SLICES,
    Kind,
)


class DumpKind(NamedTuple):
    """A kind of objects in a dump.

    Attributes:
        kind: Where it is in the API.
        name: Its name, as objects spell it.
        whole: Whether all of its objects are collected, because there are few and they are small.
        assumed: Whether files that do not have it are read as those of a cluster without any object of it.
        slim: Whether only the fields that are read are kept, because there may be a hundred thousand objects.
        names_owners: Whether it says who brings the driver, so that without it that is unknown, as if the user may not read it.
    """

    kind: Kind
    name: str
    whole: bool = False
    assumed: bool = False
    slim: bool = False
    names_owners: bool = False


DUMP_KINDS = (
    DumpKind(NODES, "Node", assumed=True, slim=True),
    DumpKind(PODS, "Pod", assumed=True, slim=True),
    DumpKind(DAEMONSETS, "DaemonSet", assumed=True),
    DumpKind(EVENTS, "Event", slim=True),
    DumpKind(CONFIG_MAPS, "ConfigMap"),
    DumpKind(DEVICE_CLASSES, "DeviceClass", whole=True, assumed=True),
    DumpKind(RESOURCE_SLICES, "ResourceSlice", whole=True, assumed=True),
    DumpKind(RESOURCE_CLAIMS, "ResourceClaim", whole=True, assumed=True),
    DumpKind(CLUSTER_POLICIES, "ClusterPolicy", whole=True, names_owners=True),
    DumpKind(NVIDIA_DRIVERS, "NVIDIADriver", whole=True, names_owners=True),
    DumpKind(AKS_NODE_CLASSES, "AKSNodeClass", whole=True, names_owners=True),
)
BY_NAME = {each.name: each for each in DUMP_KINDS}
BY_PLURAL = {each.kind.plural: each for each in DUMP_KINDS}
