# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Azure's error messages about operations that are running, were canceled or block another one, one row per meaning.

Also extracts the running operation from a message, so that a wait can name it.
"""

from __future__ import annotations

import re

from .known_failure import known_failure

# Since 2026, the message names the operation, its resource and its start time; "update managed cluster", "create node pool" and so on
# (github.com/Azure/azure-cli-extensions issue 9855, github.com/Azure/gpu-provisioner).
_NAMED = (
    r"(?i:\bin[ -]progress (?P<operation>[\w ]{1,80}?) operation) \((?i:operation id):? (?P<id>[^()\s]{1,80})\)"
    r"(?: on the .{1,200}?)? started on (?:UTC )?(?P<since>\d[\dT:.+-]{1,40}Z?\b)"
)
_BEFORE_2026 = r"[Aa]nother (?:\w{1,20} )?operation \((?P<operation>[^()]{1,100})\) is in progress"
_RUNNING = (re.compile(_NAMED, re.DOTALL), re.compile(_BEFORE_2026))
_WHEN_IT_HAS_ENDED = "Run the same task again after the other operation has ended"
_ABORT = "To stop it, run 'az aks operation-abort', or for a node pool 'az aks nodepool operation-abort'"
_DRAIN = (
    "Find it with 'kubectl get pdb --all-namespaces' (ALLOWED DISRUPTIONS 0), then relax it, scale up its workload or let the pods end. "
    "To make an upgrade wait longer, set upgrade_settings.drain_timeout_in_minutes. To continue it without the node, set "
    "undrainable_node_behavior: Cordon. To remove a pool (state: absent) anyway, set ignore_pod_disruption_budget: true."
)
OPERATION_FAILURES = (
    known_failure(
        code="PodDrainFailure",
        pattern=r"(?P<pod>[\w./-]{1,300}) blocked by (?:pdb|PDB) (?P<pdb>[\w./-]{1,250}\w)",
        cause="A node cannot be drained because the PodDisruptionBudget {pdb} does not allow the pod {pod} to be evicted.",
        remedy=_DRAIN,
    ),
    known_failure(
        code="PodDrainFailure",
        pattern=r"Drain (?:of )?(?:node )?(?P<node>[\w.-]{1,253}) .{0,60}evicting pod (?P<pod>[\w./-]{1,300})",
        cause="The node {node} cannot be drained because the pod {pod} cannot be evicted, usually due to a PodDisruptionBudget.",
        remedy=_DRAIN,
    ),
    known_failure(
        code="PodDrainFailure",
        pattern=r"Node '(?P<node>[^']{1,253})' failed to be drained.{0,100}did not complete pods \[(?P<pods>[^\]]{1,500})",
        cause="The node {node} cannot be drained because {pods} cannot be evicted, usually due to a PodDisruptionBudget.",
        remedy=_DRAIN,
    ),
    known_failure(
        code="PodDrainFailure",
        pattern=r"PodDrainFailure|failed to be drained|[Dd]rain(?:ing)? .{0,300}(?:failed|did not complete)|[Pp]od [Dd]isruption [Bb]udget"
        r"|pod's disruption budget",
        cause="A node cannot be drained because its pods cannot be evicted, usually due to a PodDisruptionBudget.",
        remedy=_DRAIN,
    ),
    known_failure(
        code="OperationInProgress",
        pattern=_NAMED,
        cause="Azure runs one operation at a time on a cluster and on a node pool, and the {operation} operation {id} has been "
        "running since {since}.",
        remedy=f"{_WHEN_IT_HAS_ENDED}. {_ABORT}.",
        retriable=True,
    ),
    known_failure(
        code="OperationInProgress",
        pattern=_BEFORE_2026,
        cause="Azure runs one operation at a time on a cluster and on a node pool, and another one is running: {operation}.",
        remedy=f"{_WHEN_IT_HAS_ENDED}. {_ABORT}.",
        retriable=True,
    ),
    known_failure(
        code="OperationInProgress",
        pattern=r"(?i)\bin[ -]progress\b.{0,100}\boperation\b|\boperation\b.{0,200}\bin[ -]progress\b"
        r"|wait for it to finish before starting a new operation|AnotherOperationInProgress|OperationInProgress",
        cause="Azure runs one operation at a time on a cluster and on a node pool, and another one is running.",
        remedy=f"{_WHEN_IT_HAS_ENDED}. {_ABORT}.",
        retriable=True,
    ),
    known_failure(
        code="OperationPreempted",
        pattern=r"preempted by|AKSOperationPreempted|overrid{1,2}en and cancell?ed by a later operation|OriginalEtagNotExpect",
        cause="Azure canceled this operation in favor of another one, which a user or AKS itself started later.",
        remedy="Run the same task again: it waits for the other operation and then makes the remaining changes.",
        retriable=True,
    ),
    known_failure(
        code="OperationCanceled",
        pattern=r"(?i)operation (?:is being|was|has been|is) cancell?ed|OperationCancell?ed|^cancell?ed$",
        cause="A user or a tool aborted the operation ('az aks operation-abort').",
        remedy="Run the same task again: it makes the remaining changes.",
        retriable=True,
    ),
    known_failure(
        code="ChangedMeanwhile",
        pattern=r"EtagMismatch|PreconditionFailed|(?i:etag).{0,200}does not match|ETag header is provided",
        cause="Another client changed the resource after it was read.",
        remedy="Run the same task again.",
        retriable=True,
    ),
    known_failure(
        code="Throttled",
        pattern=r"Throttled|TooManyRequests|(?i:too many requests)|temporarily throttled|FailedIdentityOperation.{0,300}429"
        r"|Identity operation for resource .{1,400}Status: '429'",
        cause="Azure limits the request rate for each node pool and subscription "
        "(https://learn.microsoft.com/azure/aks/quotas-skus-regions).",
        remedy="Run the same task again in a few minutes, with fewer hosts at a time (serial, forks).",
        retriable=True,
    ),
    known_failure(
        code="ClusterStopped",
        pattern=r"(?i)managed cluster (?:\S{1,63} )?is (?:stopped|in (?:a )?stopped state|in \(\w{1,20}, ?Stopped\) state)",
        cause="The cluster is stopped, and Azure does not change a stopped cluster.",
        remedy="Start it first with 'az aks start --name NAME --resource-group GROUP'.",
    ),
    known_failure(
        code="ClusterFailed",
        pattern=r"(?i)\bcluster\b.{0,60}\bin (?:a )?failed (?:provisioning )?state",
        cause="The last operation on the cluster failed, and Azure does not allow an upgrade until the cluster is repaired.",
        remedy="Repair the cluster with 'az aks update --name NAME --resource-group GROUP', then run the same task again.",
    ),
    known_failure(
        code="ServiceUnavailable",
        pattern=r"internal error.{0,200}Correlation ID: (?P<id>[\w-]{8,64})",
        cause="Azure reports an internal error without a reason.",
        remedy="Run the same task again. If it fails again, give the correlation ID {id} to Azure support.",
        retriable=True,
    ),
    known_failure(
        code="ServiceUnavailable",
        pattern=r"ServiceUnavailable|Internal ?[Ss]erver ?[Ee]rror|InternalOperationError|ServerTimeout|due to an internal error"
        r"|encountered an internal error|BadGatewayConnection|GatewayTimeout",
        cause="Azure is experiencing a problem.",
        remedy="Run the same task again, and check https://azure.status.microsoft for outages.",
        retriable=True,
    ),
)


def running_operation(message: str) -> str:
    """The operation that Azure is waiting for, if it rejects a request because another operation is running."""
    found = next((match for known in _RUNNING if (match := known.search(message[:2000])) is not None), None)
    if found is None:
        return "another operation"
    named = found.groupdict()
    return f"the {named['operation']} operation {named['id']} (since {named['since']})" if named.get("id") else named["operation"]
