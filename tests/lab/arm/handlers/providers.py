# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Preview features (Microsoft.Features) and the registration of resource providers.

from __future__ import annotations

from typing import Any

from tests.lab.arm.handlers.operations import unfinished_pace
from tests.lab.arm.model.resources import NAMESPACE
from tests.lab.arm.model.subscription.registrations import Registration
from tests.lab.arm.routing import Call, Reply, Route

_RESOURCE_TYPES = {
    NAMESPACE: (
        "managedClusters",
        "managedClusters/agentPools",
        "locations/operations",
        "locations/kubernetesVersions",
        "locations/orchestrators",
    )
}
_API_VERSIONS = ["2026-08-01", "2026-06-01", "2024-08-01", "2021-05-01"]


def _feature(call: Call, feature: Registration) -> dict[str, Any]:
    namespace, _unused, name = feature.name.partition("/")
    scope = f"/subscriptions/{call.state.principal.subscription_id}/providers/Microsoft.Features"
    return {
        "id": f"{scope}/providers/{namespace}/features/{name}",
        "name": feature.name,
        "type": "Microsoft.Features/providers/features",
        "properties": {"state": feature.state},
    }


def _provider(call: Call, provider: Registration) -> dict[str, Any]:
    types = _RESOURCE_TYPES.get(provider.name, ())
    return {
        "id": f"/subscriptions/{call.state.principal.subscription_id}/providers/{provider.name}",
        "namespace": provider.name,
        "registrationPolicy": "RegistrationRequired",
        "registrationState": provider.state,
        "resourceTypes": [{"resourceType": name, "locations": ["East US"], "apiVersions": _API_VERSIONS} for name in types],
    }


def list_features(call: Call) -> Reply:
    """The features of one provider, or of all."""
    features = call.state.registrations.features(call.params.get("namespace"))
    return Reply(body={"value": [_feature(call, feature) for feature in features]})


def get_feature(call: Call) -> Reply:
    """One feature and its state."""
    feature = call.state.registrations.feature(call.params["namespace"], call.params["feature"])
    return Reply(body=_feature(call, feature), headers=unfinished_pace(call.state, feature.state))


def register_feature(call: Call) -> Reply:
    """Start registering a feature; its state shows when that is done."""
    return Reply(body=_feature(call, call.state.registrations.register_feature(call.params["namespace"], call.params["feature"])))


def unregister_feature(call: Call) -> Reply:
    """Start unregistering a feature."""
    return Reply(body=_feature(call, call.state.registrations.unregister_feature(call.params["namespace"], call.params["feature"])))


def list_providers(call: Call) -> Reply:
    """The providers that the lab knows."""
    return Reply(body={"value": [_provider(call, provider) for provider in call.state.registrations.providers()]})


def get_provider(call: Call) -> Reply:
    """One provider and its registration state."""
    provider = call.state.registrations.provider(call.params["namespace"])
    return Reply(body=_provider(call, provider), headers=unfinished_pace(call.state, provider.state))


def register_provider(call: Call) -> Reply:
    """Register a provider, which also activates newly registered features."""
    return Reply(body=_provider(call, call.state.registrations.register_provider(call.params["namespace"])))


def unregister_provider(call: Call) -> Reply:
    """Start unregistering a provider."""
    return Reply(body=_provider(call, call.state.registrations.unregister_provider(call.params["namespace"])))


_PROVIDERS = "/subscriptions/{subscription}/providers"
_FEATURES = f"{_PROVIDERS}/Microsoft.Features"
_FEATURE = f"{_FEATURES}/providers/{{namespace}}/features/{{feature}}"

ROUTES = (
    Route("GET", f"{_FEATURES}/features", list_features),
    Route("GET", f"{_FEATURES}/providers/{{namespace}}/features", list_features),
    Route("GET", _FEATURE, get_feature),
    Route("POST", f"{_FEATURE}/register", register_feature),
    Route("POST", f"{_FEATURE}/unregister", unregister_feature),
    Route("GET", _PROVIDERS, list_providers),
    Route("GET", f"{_PROVIDERS}/{{namespace}}", get_provider),
    Route("POST", f"{_PROVIDERS}/{{namespace}}/register", register_provider),
    Route("POST", f"{_PROVIDERS}/{{namespace}}/unregister", unregister_provider),
)
