# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What people report of Azure beyond capacity and quotas. Sources: ../../FIDELITY.md.

from __future__ import annotations

from types import MappingProxyType

from tests.lab.arm.faults.effects import CancelLater, FailLater, Refuse, Stumble
from tests.lab.arm.faults.fault import Fault
from tests.lab.arm.faults.where import ARM, CHANGE, POOL_DELETE, POOL_PUT, PUT, READ, WRITE

_DRAIN = MappingProxyType({"node": "aks-gpunp-12345678-vmss000000", "pod": "train-0", "pdb": "train"})
_UNKNOWN = MappingProxyType({"code": "SomethingNew"})
_INTERIM = MappingProxyType({"code": "ContextDeadlineExceeded", "message": "context deadline exceeded", "sticks": "false"})

REPORTS = (
    Fault(
        "insufficient-subnet-size",
        PUT,
        Refuse(
            400,
            "InsufficientSubnetSize",
            "Pre-allocated IPs {needed} exceeds IPs available {available} in Subnet Cidr 10.224.0.0/27, Subnet Name aks-subnet. If "
            "Autoscaler is enabled, the max-count from each nodepool is counted towards this total (which means that pre-allocated IPs "
            "count represents a theoretical max value, not the actual number of IPs requested). http://aka.ms/aks/insufficientsubnetsize",
            target="networkProfile.serviceCIDR",
        ),
        "the subnet has too few addresses",
        MappingProxyType({"needed": "341", "available": "27"}),
    ),
    Fault(
        "version-is-lts",
        PUT,
        Refuse(
            400,
            "K8sVersionNotSupported",
            "Managed cluster {cluster} is on version {version}, which is only available for Long-Term Support (LTS). If you intend to "
            "onboard to LTS, please ensure the cluster is in Premium tier and LTS support plan (see https://aka.ms/aks/enable-lts). "
            "Otherwise, use [az aks get-versions] command to get the supported version list in this region. "
            "For more information, please check https://aka.ms/supported-version-list",
        ),
        "a version that only the support plan for old ones has",
        MappingProxyType({"version": "1.30.14"}),
    ),
    Fault(
        "encryption-at-host-not-enabled",
        PUT,
        Refuse(400, "SubscriptionNotEnabledEncryptionAtHost", "Subscription does not enable EncryptionAtHost."),
        "the subscription has not registered Microsoft.Compute/EncryptionAtHost",
    ),
    Fault(
        "agent-pool-apis-not-supported",
        POOL_PUT,
        Refuse(
            400,
            "AgentPoolAPIsNotSupported",
            "AgentPool APIs supported only for clusters with VMSS agentpools. "
            "For more information, please check https://aka.ms/multiagentpoollimitations.",
        ),
        "a cluster of the time before scale sets",
    ),
    Fault(
        "managed-cluster-not-found",
        POOL_PUT,
        Refuse(
            404, "NotFound", "Could not find managed cluster resource: {cluster} in subscription: {subscription}, resourceGroup: {group}."
        ),
        "AKS' own answer where the cluster is gone",
    ),
    Fault(
        "resource-type-not-found",
        READ,
        Refuse(
            404,
            "InvalidResourceType",
            "The resource type could not be found in the namespace 'Microsoft.ContainerService' for api version '{version}'.",
            gateway=True,
        ),
        "a version of the API that doesn't have node pools",
        MappingProxyType({"version": "2018-03-31"}),
    ),
    Fault(
        "resource-group-locked",
        WRITE,
        Refuse(
            400,
            "BadRequest",
            "Resource group 'MC_{group}_{cluster}_{location}' under subscription: {subscription} is locked, please remove lock and retry.",
        ),
        "a lock on the nodes' resource group",
    ),
    Fault(
        "scope-locked",
        WRITE,
        Refuse(
            409,
            "ScopeLocked",
            "The scope '{resource}' cannot perform write operation because following scope(s) are locked: "
            "'/subscriptions/{subscription}/resourceGroups/{group}'. Please remove the lock and try again.",
            gateway=True,
        ),
        "a lock that Azure Resource Manager sees itself",
    ),
    Fault(
        "unknown-error",
        ARM,
        Refuse(400, "SomethingNew", "Something that nobody has seen before went wrong."),
        "a code and a text that nobody knows",
        _UNKNOWN,
    ),
    Fault(
        "unknown-failure",
        WRITE,
        FailLater("SomethingNew", "Something that nobody has seen before went wrong."),
        "the same when the operation ends",
        _UNKNOWN,
    ),
    Fault(
        "reconcile-internal-error",
        PUT,
        FailLater(
            "ReconcileVMSSAgentPoolFailed",
            "We are unable to serve this request due to an internal error, Correlation ID: 00000000-0000-0000-0000-000000000002, "
            "Operation ID: 00000000-0000-0000-0000-000000000003, Timestamp: 2026-05-22T07:19:23Z.",
        ),
        "AKS fails within",
    ),
    Fault(
        "drain-blocked",
        CHANGE,
        FailLater(
            "UpgradeFailed",
            "Drain node {node} failed when evicting pod {pod} failed with Too Many Requests error. This is often caused by a restrictive "
            "Pod Disruption Budget (PDB) policy. See http://aka.ms/aks/debugdrainfailures. Original error: Cannot evict pod as it would "
            "violate the pod's disruption budget.. PDB debug info: {pod} blocked by pdb {pdb} (MinAvailable: 1) (CurrentHealthy: 1) "
            "(DesiredHealthy: 1) (ExpectedPods: 1) with 0 unready pods",
        ),
        "a disruption budget keeps a pod on a node that is to be made anew",
        _DRAIN,
    ),
    Fault(
        "delete-drain-blocked",
        POOL_DELETE,
        FailLater(
            "DeleteVMSSAgentPoolFailed",
            'VMSSAgentPoolReconciler retry failed: {{"code": "PodDrainFailure", "message": "Node \'{node}\' failed to be drained with '
            "error: 'Drain did not complete pods [{pod}] within 10m0s'\"}}",
            unless="ignore-pod-disruption-budget",
        ),
        "the same at a deletion that doesn't ignore disruption budgets",
        _DRAIN,
    ),
    Fault(
        "reason-in-the-resource",
        WRITE,
        FailLater(
            "VMExtensionProvisioningError",
            "VM has reported a failure when processing extension 'vmssCSE'. Error message: \"Enable failed: failed to execute command: "
            'command terminated with exit status=84".',
            shown=MappingProxyType({"code": "OperationFailure", "message": "The operation did not succeed."}),
        ),
        "the operation fails without a reason, which is in the resource's status.provisioningError alone",
    ),
    Fault("operation-canceled", WRITE, CancelLater(), "somebody aborts the operation"),
    Fault(
        "interim-error",
        WRITE,
        Stumble(),
        "the operation shows an error while it goes on (sticks: true: and also when it has succeeded)",
        _INTERIM,
    ),
)
