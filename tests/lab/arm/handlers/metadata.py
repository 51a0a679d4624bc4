# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What a client asks before it knows anything: which cloud is this, and which subscriptions are there.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.lab.arm.paging import page
from tests.lab.arm.routing import Call, Reply, Route

if TYPE_CHECKING:
    from tests.lab.arm.state import ArmState

_PUBLIC_ARM = "https://management.azure.com"
_PUBLIC_LOGIN = "https://login.microsoftonline.com"
_ONE_CLOUD_SINCE = "2022-09-01"  # older api-versions answer a list of clouds


def endpoints(call: Call) -> Reply:
    """The cloud's description: one object since 2022-09-01, a list of one before."""
    cloud = _cloud(call.base_url, logs=call.state.monitoring.url)
    return Reply(body=cloud if call.query.get("api-version", "") >= _ONE_CLOUD_SINCE else [cloud])


def _cloud(base: str, *, logs: str) -> dict[str, Any]:
    public = base == _PUBLIC_ARM
    login = _PUBLIC_LOGIN if public else base
    return {
        "name": "AzureCloud" if public else "GpuopsLab",
        "portal": base,
        "authentication": {"loginEndpoint": login, "audiences": [f"{base}/", base], "tenant": "common", "identityProvider": "AAD"},
        "resourceManager": f"{base}/",
        "graph": f"{base}/graph",
        "graphAudience": f"{base}/graph",
        "microsoftGraphResourceId": f"{base}/",
        "activeDirectoryDataLake": f"{base}/",
        "appInsightsResourceId": base,
        "batch": f"{base}/batch",
        "gallery": f"{base}/",
        "logAnalyticsResourceId": f"{logs}/logs" if logs else "",
        "media": base,
        "sqlManagement": f"{base}/",
        "vmImageAliasDoc": f"{base}/aliases.json",
        "suffixes": {
            "storage": "core.lab.invalid",
            "keyVaultDns": "vault.lab.invalid",
            "acrLoginServer": "azurecr.lab.invalid",
            "sqlServerHostname": "database.lab.invalid",
        },
    }


def subscriptions(call: Call) -> Reply:
    """The subscriptions that the service principal sees."""
    found = [_subscription(state) for state in call.state.subscriptions.values()]
    return page(call, found, count={"type": "Total", "value": len(found)})


def subscription(call: Call) -> Reply:
    """One of them."""
    return Reply(body=_subscription(call.state))


def _subscription(state: ArmState) -> dict[str, Any]:
    # The form of https://learn.microsoft.com/rest/api/resources/subscriptions/list
    principal = state.principal
    return {
        "id": f"/subscriptions/{principal.subscription_id}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": principal.subscription_id,
        "tenantId": principal.tenant_id,
        "displayName": state.name,
        "state": "Enabled",
        "subscriptionPolicies": {"locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off"},
    }


ROUTES = (
    Route("GET", "/metadata/endpoints", endpoints, public=True),
    Route("GET", "/subscriptions", subscriptions),
    Route("GET", "/subscriptions/{subscription}", subscription),
)
