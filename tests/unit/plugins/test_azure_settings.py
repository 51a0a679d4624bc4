# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._azure.clouds import find_cloud
from ansible_collections.gpuops.aks.plugins.module_utils._azure.ids import cluster_id, feature_id, group_id, pool_id, provider_id
from ansible_collections.gpuops.aks.plugins.module_utils._azure.settings import ENVIRONMENT, azure_settings
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError

from .builders import assert_explained

COMPLETE = {"AZURE_SUBSCRIPTION_ID": "sub", "AZURE_TENANT": "tenant", "AZURE_CLIENT_ID": "client", "AZURE_SECRET": "s3cret"}
TEXTS = [(name, variable) for name, variables in ENVIRONMENT.items() if name != "auth_source" for variable in variables]


@pytest.mark.parametrize(("name", "variable"), TEXTS, ids=[variable for _unused, variable in TEXTS])
def test_a_parameter_that_is_not_given_comes_from_the_environment(name: str, variable: str) -> None:
    others = {"subscription_id": "sub"}
    assert getattr(azure_settings({**others, name: None}, {variable: "theirs"}), name) == "theirs"
    assert getattr(azure_settings({**others, name: "ours"}, {variable: "theirs"}), name) == "ours"


def test_what_nobody_gives_has_azures_public_default() -> None:
    settings = azure_settings({}, {"AZURE_SUBSCRIPTION_ID": "sub"})
    assert (settings.auth_source, settings.cloud_environment, settings.ca_bundle) == ("auto", "AzureCloud", "")
    assert not settings.has_service_principal


def test_the_environment_alone_is_enough() -> None:
    settings = azure_settings({"auth_source": "env"}, {**COMPLETE, "REQUESTS_CA_BUNDLE": "/ca.pem"})
    assert (settings.subscription_id, settings.tenant, settings.client_id, settings.secret) == ("sub", "tenant", "client", "s3cret")
    assert (settings.auth_source, settings.ca_bundle, settings.has_service_principal) == ("env", "/ca.pem", True)


def test_auth_source_env_prefers_the_environment() -> None:
    assert azure_settings({"auth_source": "env", "client_id": "ours"}, COMPLETE).client_id == "client"


def test_auth_source_env_of_the_task_is_not_turned_by_the_environment() -> None:
    assert azure_settings({"auth_source": "env"}, {**COMPLETE, "ANSIBLE_AZURE_AUTH_SOURCE": "cli"}).auth_source == "env"


def test_auth_source_comes_from_its_own_variable() -> None:
    assert azure_settings({"subscription_id": "sub"}, {"ANSIBLE_AZURE_AUTH_SOURCE": "cli"}).auth_source == "cli"
    assert azure_settings({"subscription_id": "sub", "auth_source": "msi"}, {"ANSIBLE_AZURE_AUTH_SOURCE": "cli"}).auth_source == "msi"


@pytest.mark.parametrize("missing", ["AZURE_TENANT", "AZURE_CLIENT_ID", "AZURE_SECRET"])
def test_a_service_principal_needs_all_its_parts(missing: str) -> None:
    partly = {name: value for name, value in COMPLETE.items() if name != missing}
    assert not azure_settings({}, partly).has_service_principal
    with pytest.raises(InvalidInputError) as refusal:
        azure_settings({"auth_source": "env"}, partly)
    assert_explained(refusal.value, "MissingCredentials", missing)


def test_a_subscription_is_needed() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        azure_settings({}, {})
    assert_explained(refusal.value, "MissingSubscription", "subscription_id", "AZURE_SUBSCRIPTION_ID")


def test_an_unknown_auth_source_from_the_environment_is_refused() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        azure_settings({}, {**COMPLETE, "ANSIBLE_AZURE_AUTH_SOURCE": "credential_file"})
    assert_explained(refusal.value, "InvalidAuthSource", "'credential_file'", "auto, env, cli, msi")


def test_a_secret_never_shows_in_the_settings() -> None:
    assert "s3cret" not in repr(azure_settings({}, COMPLETE))


@pytest.mark.parametrize(
    ("name", "authority"),
    [
        ("AzureCloud", "https://login.microsoftonline.com"),
        ("AzureChinaCloud", "https://login.chinacloudapi.cn"),
        ("AzureUSGovernment", "https://login.microsoftonline.us"),
    ],
)
def test_a_cloud_of_microsofts_is_found_by_name(name: str, authority: str) -> None:
    cloud = find_cloud(name, ca_bundle="")
    assert (cloud.authority, cloud.well_known) == (authority, True)
    assert cloud.scope == f"{cloud.resource_manager}/.default"


@pytest.mark.parametrize("environment", ["AzureStack", "http://127.0.0.1:8443", "azurecloud", ""])
def test_a_cloud_that_is_neither_named_nor_an_https_url_is_refused(environment: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        find_cloud(environment, ca_bundle="")
    assert_explained(refusal.value, "InvalidCloudEnvironment", f"'{environment}'", "AzureUSGovernment")


def test_resources_have_the_ids_that_azure_gives_them() -> None:
    cluster = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c"
    assert group_id("s", "g") == "/subscriptions/s/resourceGroups/g"
    assert cluster_id("s", "g", "c") == cluster
    assert pool_id("s", "g", "c", "p") == f"{cluster}/agentPools/p"
    assert provider_id("s", "Microsoft.ContainerService") == "/subscriptions/s/providers/Microsoft.ContainerService"
    assert feature_id("s", "Microsoft.ContainerService", "F") == (
        "/subscriptions/s/providers/Microsoft.Features/providers/Microsoft.ContainerService/features/F"
    )
