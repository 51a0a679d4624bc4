# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Azure says where an operation has to wait, is given up, or can't drain a node: each text with where it is from, and our meaning."""

from __future__ import annotations

from .pool_texts import Said

_PLEASE = "Please wait for it to finish before starting a new operation. You can also use 'az aks operation-abort ...' to abort it."
_SINCE = "(operation ID: 11111111-1111-1111-1111-111111111111) on the {} started on UTC 2026-05-22T07:19:23Z."


def _busy(doing: str, subject: str) -> Said:
    """One of the texts of 2026."""
    return Said(
        "OperationNotAllowed",
        f"Operation is not allowed because there's an in progress {doing} operation {_SINCE.format(subject)} {_PLEASE}",
        "OperationInProgress",
        (doing, "11111111-1111-1111-1111-111111111111", "since 2026-05-22T07:19:23Z", "operation-abort"),
        retriable=True,
        source="Azure/azure-cli-extensions#9855; Azure/gpu-provisioner, pkg/providers/instance",
    )


def _busy_otherwise(text: str, source: str) -> Said:
    return Said("OperationNotAllowed", text, "OperationInProgress", ("one operation at a time",), retriable=True, source=source)


BUSY = (
    _busy("create managed cluster", "managed cluster"),
    _busy("update managed cluster", "managed cluster"),
    _busy("put managed cluster", "managed cluster aks"),
    _busy("upgrade managed cluster", "managed cluster"),
    _busy("stop managed cluster", "managed cluster"),
    _busy("delete managed cluster", "managed cluster"),
    _busy("create node pool", "agent pool gpunp"),
    _busy("update node pool", "agent pool system"),
    _busy("delete node pool", "agent pool gpunp"),
    _busy("upgrade node image version", "agent pool gpunp"),
    _busy_otherwise(
        "Operation is not allowed because there's an in progress create node pool operation", "Azure/gpu-provisioner, the beginning alone"
    ),
    _busy_otherwise(
        "Operation is not allowed: Another operation (nodepool1 - Updating) is in progress, please wait for it to finish before starting "
        "a new operation. See https://aka.ms/aks-pending-operation for more details",
        "Azure/azure-workload-identity#417",
    ),
    _busy_otherwise("Another operation on this or dependent resource is in progress.", "network errors of Azure"),
    _busy_otherwise("The cluster is being upgraded. Please wait for it to finish before starting a new operation.", "a sibling"),
)
OPERATION_TEXTS = (
    *BUSY,
    Said(
        "UpgradeFailed",
        "Drain node aks-gpunp-1-vmss000001 failed when evicting pod train-0 failed with Too Many Requests error. This is often caused by a "
        "restrictive Pod Disruption Budget (PDB) policy. See https://aka.ms/aks/debugdrainfailures.",
        "PodDrainFailure",
        ("aks-gpunp-1-vmss000001", "the pod train-0", "drain_timeout_in_minutes", "undrainable_node_behavior"),
        source="cloudnative-pg/cloudnative-pg#7346; Azure/AKS#3384",
    ),
    Said(
        "UpgradeFailed",
        "Original error: Cannot evict pod as it would violate the pod's disruption budget. PDB debug info: ml/train-0 blocked by pdb train "
        "with 0 unready pods.",
        "PodDrainFailure",
        ("PodDisruptionBudget train", "pod ml/train-0", "kubectl get pdb"),
        source="learn.microsoft.com, troubleshoot UpgradeFailed",
    ),
    Said(
        "DeleteVMSSAgentPoolFailed",
        'VMSSAgentPoolReconciler retry failed: { "code": "PodDrainFailure", "message": '
        "\"Node 'aks-gpunp-1-vmss000001' failed to be drained with error: 'Drain did not complete pods [train-0] within 10m0s'\" }",
        "PodDrainFailure",
        ("aks-gpunp-1-vmss000001", "train-0", "ignore_pod_disruption_budget: true"),
        source="hashicorp/terraform-provider-azurerm#10411",
    ),
    Said(
        "PodDrainFailure",
        "Drain of aks-gpunp-1-vmss000001 did not complete.",
        "PodDrainFailure",
        ("kubectl get pdb",),
        source="Azure/AKS#2090",
    ),
    Said(
        "Canceled",
        "Operation is being canceled by user",
        "OperationCanceled",
        ("operation-abort", "Run the same task again"),
        retriable=True,
        source="azure-cli's recording of test_aks_nodepool_abort",
    ),
    Said("Canceled", "the operation ended so, without a reason", "OperationCanceled", ("aborted",), retriable=True, source="a sibling"),
    Said(
        "ReconcileVMSSAgentPoolFailed",
        "We are unable to serve this request due to an internal error, Correlation ID: 6d54e404-5e74-489a-bda8-46708a7976fd, Operation ID: "
        "cf75e3ae-424f-4ffe-946e-95aa2476e603, Timestamp: 2020-01-21T09:39:39Z.",
        "ServiceUnavailable",
        ("6d54e404-5e74-489a-bda8-46708a7976fd", "Azure support"),
        retriable=True,
        source="Azure/AKS#2720, Azure/aks-engine#2609",
    ),
    Said(
        "CreateVMSSAgentPoolFailed",
        "AKS encountered an internal error while attempting the requested Creating operation. AKS will continuously retry it.",
        "ServiceUnavailable",
        ("azure.status.microsoft",),
        retriable=True,
        source="MicrosoftDocs/azure-docs#87348",
    ),
    Said(
        "FailedIdentityOperation",
        "Identity operation for resource '/subscriptions/0000/aks' failed with error 'Failed to perform resource identity operation. "
        "Status: '429'. Response: '{}''.",
        "Throttled",
        ("serial",),
        retriable=True,
        source="Azure/aad-pod-identity#676",
    ),
    Said(
        "OperationNotAllowed",
        "The server rejected the request because too many requests have been received for this subscription.",
        "Throttled",
        ("forks",),
        retriable=True,
        source="hashicorp/terraform-provider-azurerm#19146",
    ),
    Said(
        "BadRequest",
        "managed cluster is in (Succeeded,Stopped) state, stopping cannot be performed",
        "ClusterStopped",
        ("az aks start",),
        source="Azure/AKS#1871",
    ),
    Said(
        "OperationNotAllowed",
        "The cluster is in failed state and upgrading or scaling will not work until it is fixed.",
        "ClusterFailed",
        ("az aks update",),
        source="MicrosoftDocs/azure-docs#59169, in its words",
    ),
)
