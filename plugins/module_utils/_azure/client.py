# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Builds the AKS SDK's client with only the parts of its pipeline that a task needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .sign_in.clouds import Cloud
from .transport import Wire

try:
    from azure.core.pipeline import policies
    from azure.mgmt.containerservice import ContainerServiceClient
    from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
except ImportError:  # the entry point reports what is missing
    pass

if TYPE_CHECKING:
    from .sign_in.credentials import Credential


def aks_client(credential: Credential, subscription_id: str, cloud: Cloud, wire: Wire) -> ContainerServiceClient:
    """The AKS SDK's client, with the part of its pipeline that a task needs; it can send requests to every provider.

    The SDK's own pipeline would also register a provider if Azure refuses a request because it isn't registered, and wait for that without
    a limit: a change that no one asked for and that check mode doesn't show.
    """
    return ContainerServiceClient(
        credential,
        subscription_id,
        base_url=cloud.resource_manager,
        credential_scopes=[cloud.scope],
        policies=[
            policies.CustomHookPolicy(),
            policies.RequestIdPolicy(),
            policies.HeadersPolicy(),
            policies.UserAgentPolicy(sdk_moniker="gpuops.aks"),
            policies.ProxyPolicy(),
            policies.RedirectPolicy(),
            policies.RetryPolicy(),
            ARMChallengeAuthenticationPolicy(credential, cloud.scope),
            policies.SensitiveHeaderCleanupPolicy(),
        ],
        transport=wire.transport(),
    )
