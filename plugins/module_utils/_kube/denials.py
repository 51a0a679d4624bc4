# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Explains a refusal by the API server (403) by its message: a missing permission, an anonymous user, a quota or a policy."""

from __future__ import annotations

import re
from typing import NamedTuple

from .._core.shared.explanation import Explanation

FETCH_AGAIN = "Fetch the credentials again with gpuops.aks.aks_credentials."
TERMINATING = "because it is being terminated"
_RULE = re.compile(r'User "(?P<user>[^"]*)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]+)" in API group "(?P<group>[^"]*)"')
_NAMESPACE = re.compile(r'in the namespace "(?P<namespace>[^"]+)"')
_ANONYMOUS = "system:anonymous"


class _Denial(NamedTuple):
    """What a refusal with this sign in its message means; its code is the API server's reason."""

    sign: str
    explanation: Explanation


# The first match wins. Messages: kubernetes plugin/pkg/admission/{namespace/lifecycle,resourcequota,serviceaccount},
# pod-security-admission, pkg/kubelet/server; AKS' own: https://learn.microsoft.com/azure/aks/manage-azure-rbac.
_DENIALS = (
    _Denial(
        TERMINATING,
        Explanation(
            "",
            cause="The namespace is being deleted.",
            remedy="Wait until it is gone, create it again if the task does not do so, and run the task again. Or set another namespace.",
        ),
    ),
    _Denial(
        "aks-managed-protect-system-namespaces",
        Explanation(
            "", cause="AKS Automatic protects its system namespaces.", remedy="Use a namespace of your own, such as gpu-resources."
        ),
    ),
    _Denial(
        "exceeded quota:",
        Explanation(
            "",
            cause="The request exceeds a ResourceQuota of the namespace.",
            remedy="Compare 'kubectl describe resourcequota' in the namespace with the message; raise the quota, or set another namespace.",
        ),
    ),
    _Denial(
        "failed quota:",
        Explanation(
            "",
            cause="A ResourceQuota of the namespace requires requests or limits that the pod does not have.",
            remedy="Add a LimitRange with defaults to the namespace, or set another namespace.",
        ),
    ),
    _Denial(
        "violates PodSecurity",
        Explanation(
            "",
            cause="The namespace enforces a Pod Security Standard that the pod does not meet.",
            remedy="Relax the namespace's label pod-security.kubernetes.io/enforce, or set another namespace.",
        ),
    ),
    _Denial(
        "User does not have access to the resource in Azure",
        Explanation(
            "",
            cause="The cluster uses Azure RBAC for Kubernetes authorization, and no role assignment in Azure allows this.",
            remedy="Assign 'Azure Kubernetes Service RBAC Writer' on the cluster to the identity, or RBAC Cluster Admin for objects "
            "without a namespace; wait up to five minutes for the assignment to take effect.",
        ),
    ),
    _Denial(
        "Forbidden (user=",
        Explanation(
            "",
            cause="The node's kubelet refused the API server's request.",
            remedy="Check that the ClusterRoleBinding for the user in the message exists. If it does, drain the node and delete its "
            "machine with 'az aks nodepool delete-machines'.",
        ),
    ),
)


def explain_denial(message: str) -> Explanation:
    """The explanation of a status 403 with this message."""
    for denial in _DENIALS:
        if denial.sign in message:
            return denial.explanation
    denied = _RULE.search(message)
    if denied is None:
        return Explanation("", cause="A policy of the cluster forbids this.", remedy="Ask the cluster's administrator.")
    if denied["user"] == _ANONYMOUS:
        cause = "The request was sent without credentials, because the kubeconfig's user has none or its login command failed."
        return Explanation("", cause=cause, remedy=FETCH_AGAIN)
    where = _NAMESPACE.search(message)
    scope = f"a Role in namespace {where['namespace']}" if where else "a ClusterRole"
    rule = f'apiGroups: ["{denied["group"]}"], resources: ["{denied["resource"]}"], verbs: ["{denied["verb"]}"]'
    cause = f"{denied['user']} is not allowed to {denied['verb']} {denied['resource']}."
    return Explanation("", cause=cause, remedy=f"Grant it {scope} with the rule {rule}.")
