# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Builds the client of Azure Resource Manager with only the parts of its pipeline that a task needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .sign_in.clouds import Cloud
from .transport import Wire

try:
    from azure.core.pipeline import policies
    from azure.core.rest import HttpRequest, HttpResponse
    from azure.mgmt.core import ARMPipelineClient
    from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
except ImportError:  # the entry point reports what is missing
    pass

if TYPE_CHECKING:
    from .sign_in.credentials import Credential


def resource_manager_client(credential: Credential, cloud: Cloud, wire: Wire) -> ARMPipelineClient[HttpRequest, HttpResponse]:
    """The client that Azure's management SDKs are built on, with the part of its pipeline that a task needs; it serves every provider.

    A client of one SDK would add the models of all its requests, which are not used here: with those of AKS, loading took 60 ms more.

    The SDKs' own pipeline would also register a provider by itself when Azure refuses a request for want of that, and wait for it without
    an end: nobody asked for that change, and no check mode shows it.
    """
    return ARMPipelineClient(
        base_url=cloud.resource_manager,
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
