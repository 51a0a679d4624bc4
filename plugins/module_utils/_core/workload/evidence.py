# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What the diagnosis of a Job looks at: the Job, its pods, events, log and, if it can be read, the cluster snapshot."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Sequence

from ..nodes.taints import Taint
from ..scheduling.placement import PodDemand
from ..scheduling.pods import pod_name
from ..scheduling.snapshot import ClusterSnapshot
from ..shared.mappings import Json
from ..shared.ownership import PROOF_LABEL


@dataclass(frozen=True)
class Workload:
    """What there is to know of a Job that hasn't proved anything. What has a default is not always read.

    events: those of the Job and its pods; quotas: of its namespace; queued: Kueue's Workload of a Job that is suspended;
    taints: what its pod's node has, if one of them evicted the pod; log: of a run that failed, or that ran on the CPU.
    """

    name: str  # namespace/name
    asked: PodDemand
    job: Json = field(default_factory=dict)
    pod: Json | None = None
    snapshot: ClusterSnapshot | None = None
    events: Sequence[Json] = ()
    quotas: Sequence[Json] = ()
    queued: Json | None = None
    taints: Sequence[Taint] = ()
    log: str = ""
    on_cpu: bool = False

    @property
    def of_proof(self) -> bool:
        """Whether the Job is gpu_proof's, whose options differ from those of the modules that run a workload."""
        return PROOF_LABEL in ((self.job.get("metadata") or {}).get("labels") or {})

    @property
    def subject(self) -> str:
        """What findings are about: the pod, once there is one."""
        return pod_name(self.pod) if self.pod is not None else self.name

    @property
    def namespace(self) -> str:
        """The namespace of the Job."""
        return self.name.partition("/")[0]

    @property
    def container(self) -> str:
        """The Job's own container, which has its name: others in the pod are not the workload."""
        return self.name.rpartition("/")[2]

    @property
    def own_containers(self) -> tuple[str, ...]:
        """Its container and those that run before it; () where the pod's state has none of its name."""
        status = (self.pod or {}).get("status") or {}
        if not any(each.get("name") == self.container for each in status.get("containerStatuses") or ()):
            return ()
        return (self.container, *(str(each.get("name")) for each in status.get("initContainerStatuses") or ()))

    @property
    def node(self) -> str:
        """Where its pod is or was, as remedies name it."""
        return str(((self.pod or {}).get("spec") or {}).get("nodeName") or "NODE")

    @property
    def gates(self) -> list[str]:
        """What keeps the scheduler from looking at its pod."""
        return [str(gate.get("name")) for gate in ((self.pod or {}).get("spec") or {}).get("schedulingGates") or ()]

    @property
    def pending(self) -> bool:
        """Whether its pod waits for a node."""
        return self.pod is not None and self._phase == "Pending" and not self.pod["spec"].get("nodeName")

    @property
    def starting(self) -> bool:
        """Whether its pod has a node and no container that runs."""
        return self.pod is not None and self._phase == "Pending" and bool(self.pod["spec"].get("nodeName"))

    @property
    def running(self) -> bool:
        """Whether its pod has a node and, as far as the node has told, runs there."""
        return self.pod is not None and self._phase == "Running" and bool(self.pod["spec"].get("nodeName"))

    @property
    def _phase(self) -> str:
        return str(((self.pod or {}).get("status") or {}).get("phase", "Pending"))

    def events_about(self, kind: str) -> list[Json]:
        """The events about the Job, or about its pod."""
        name = self.subject if kind == "Pod" else self.name
        return [event for event in self.events if _about(event) == (kind, name)]


def _about(event: Json) -> tuple[str, str]:
    about = event.get("involvedObject") or {}
    return str(about.get("kind", "")), f"{about.get('namespace', 'default')}/{about.get('name', '')}"
