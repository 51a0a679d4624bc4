# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._azure.ids import cluster_id, feature_id, group_id, pool_id, provider_id
from ansible_collections.gpuops.aks.plugins.module_utils._azure.sign_in.clouds import find_cloud
from ansible_collections.gpuops.aks.plugins.module_utils._azure.sign_in.failures import fail_unreachable
from ansible_collections.gpuops.aks.plugins.module_utils._azure.sign_in.settings import ENVIRONMENT, azure_settings
from ansible_collections.gpuops.aks.plugins.module_utils._azure.transport import Wire
from ansible_collections.gpuops.aks.plugins.module_utils._clock import Deadline, SystemClock
from ansible_collections.gpuops.aks.plugins.module_utils._errors import AzureError, InvalidInputError
from azure.core.exceptions import ServiceResponseTimeoutError

from ..builders import assert_explained
from ..operation_table import NAMES, OPERATIONS, parameters

WIRE = Wire(SystemClock(), Deadline(SystemClock(), 60), ca_bundle="")
SUB = "22222222-2222-2222-2222-222222222222"
OTHER_SUB = "44444444-4444-4444-4444-444444444444"
COMPLETE = {"AZURE_SUBSCRIPTION_ID": SUB, "AZURE_TENANT": "tenant", "AZURE_CLIENT_ID": "client", "AZURE_SECRET": "s3cret"}
TEXTS = [(name, variable) for name, variables in ENVIRONMENT.items() if name not in ("auth_source", "profile") for variable in variables]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home directory with an empty ~/.azure."""
    (tmp_path / ".azure").mkdir()
    return tmp_path


def nobody(home: Path, **environ: str) -> dict[str, str]:
    """An environment in which nothing says who to sign in as but what is given."""
    return {"HOME": str(home), **environ}


def write_profiles(home: Path, text: str) -> None:
    """The credential file that azure.azcollection reads."""
    (home / ".azure" / "credentials").write_text(text)


def write_cli_accounts(directory: Path, *accounts: dict[str, object]) -> None:
    """What the Azure CLI keeps of a sign-in, with its byte order mark."""
    (directory / "azureProfile.json").write_text(json.dumps({"subscriptions": accounts}), encoding="utf-8-sig")


def refusal(params: dict[str, str], environ: dict[str, str]) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as refused:
        azure_settings(params, environ)
    return refused.value


@pytest.mark.parametrize(("name", "variable"), TEXTS, ids=[variable for _unused, variable in TEXTS])
def test_unset_parameter_comes_from_the_environment(home: Path, name: str, variable: str) -> None:
    theirs, ours = (OTHER_SUB, SUB) if name == "subscription_id" else ("theirs", "ours")
    others = {"subscription_id": SUB}
    assert getattr(azure_settings({**others, name: ""}, nobody(home, **{variable: theirs})), name) == theirs
    assert getattr(azure_settings({**others, name: ours}, nobody(home, **{variable: theirs})), name) == ours


def test_unset_values_default_to_public_azure(home: Path) -> None:
    settings = azure_settings({}, nobody(home, AZURE_SUBSCRIPTION_ID=SUB))
    assert (settings.auth_method, settings.cloud_environment, settings.ca_bundle) == ("cli", "AzureCloud", None)
    assert settings.missing == "Missing: tenant, client_id, a secret, certificate or federated token."


class TestWay:
    """What the sign-in takes, by what is known."""

    @pytest.mark.parametrize(
        ("proofs", "auth_method"),
        [
            (("secret", "x509_certificate_path", "federated_token_file"), "secret"),
            (("x509_certificate_path", "federated_token_file"), "certificate"),
            (("federated_token_file",), "workload_identity"),
            ((), "cli"),
        ],
    )
    def test_secret_wins_over_certificate_and_that_over_federated_token(
        self, home: Path, proofs: tuple[str, ...], auth_method: str
    ) -> None:
        params = {"subscription_id": SUB, "tenant": "tenant", "client_id": "client", **dict.fromkeys(proofs, "given")}
        assert azure_settings(params, nobody(home)).auth_method == auth_method

    @pytest.mark.parametrize("missing", ["AZURE_TENANT", "AZURE_CLIENT_ID", "AZURE_SECRET"])
    def test_service_principal_needs_all_its_parts(self, home: Path, missing: str) -> None:
        partly = {name: value for name, value in COMPLETE.items() if name != missing}
        settings = azure_settings({}, nobody(home, **partly))
        assert settings.auth_method == "cli"
        assert missing.removeprefix("AZURE_").lower() in settings.missing
        assert_explained(refusal({"auth_source": "env"}, nobody(home, **partly)), "MissingCredentials", missing)

    @pytest.mark.parametrize("source", ["cli", "msi"])
    def test_requested_auth_source_wins_over_a_service_principal(self, home: Path, source: str) -> None:
        settings = azure_settings({"auth_source": source}, nobody(home, **COMPLETE))
        assert (settings.auth_method, settings.missing) == (source, None)

    def test_workload_identity_counts_before_a_secret_when_it_is_asked_for_and_needs_its_parts(self, home: Path) -> None:
        environ = nobody(home, **COMPLETE, AZURE_FEDERATED_TOKEN_FILE="/var/run/token")
        assert azure_settings({"auth_source": "workload_identity"}, environ).auth_method == "workload_identity"
        error = refusal({"auth_source": "workload_identity"}, nobody(home, **COMPLETE))
        assert_explained(error, "MissingCredentials", "AZURE_FEDERATED_TOKEN_FILE", "azure.workload.identity/use")

    def test_awx_user_instead_of_a_service_principal_is_rejected(self, home: Path) -> None:
        awx = {"AZURE_SUBSCRIPTION_ID": SUB, "AZURE_AD_USER": "me@example.org", "AZURE_PASSWORD": "pass-w0rd"}
        error = refusal({}, nobody(home, **awx))
        assert_explained(error, "UserSignInNotSupported", "AZURE_AD_USER", "Client Secret")
        assert "pass-w0rd" not in str(vars(error))
        assert azure_settings({"auth_source": "cli"}, nobody(home, **awx)).auth_method == "cli"

    def test_awxs_service_principal_is_taken_as_it_comes(self, home: Path) -> None:
        awx = {**COMPLETE, "AZURE_CLOUD_ENVIRONMENT": "AzureUSGovernment", "AZURE_AD_USER": "", "AZURE_PASSWORD": ""}
        settings = azure_settings({}, nobody(home, **awx))
        assert (settings.auth_method, settings.client_id, settings.cloud_environment) == ("secret", "client", "AzureUSGovernment")


class TestSource:
    """Where the values come from."""

    def test_environment_alone_is_enough(self, home: Path) -> None:
        settings = azure_settings({"auth_source": "env"}, nobody(home, **COMPLETE, REQUESTS_CA_BUNDLE="/ca.pem"))
        assert (settings.subscription_id, settings.tenant, settings.client_id, settings.secret) == (SUB, "tenant", "client", "s3cret")
        assert (settings.auth_method, settings.ca_bundle) == ("secret", "/ca.pem")

    def test_auth_source_env_prefers_the_environment(self, home: Path) -> None:
        assert azure_settings({"auth_source": "env", "client_id": "ours"}, nobody(home, **COMPLETE)).client_id == "client"

    def test_auth_source_variable_applies_unless_the_task_sets_it(self, home: Path) -> None:
        environ = nobody(home, **COMPLETE, ANSIBLE_AZURE_AUTH_SOURCE="cli")
        assert azure_settings({}, environ).auth_method == "cli"
        assert azure_settings({"auth_source": "env"}, environ).auth_method == "secret"

    def test_unknown_auth_source_in_the_environment_is_rejected(self, home: Path) -> None:
        error = refusal({}, nobody(home, **COMPLETE, ANSIBLE_AZURE_AUTH_SOURCE="keyvault"))
        assert_explained(error, "InvalidAuthSource", "'keyvault'", "auto, env, credential_file, cli, msi, workload_identity")

    def test_repr_of_settings_hides_the_secret(self, home: Path) -> None:
        assert "s3cret" not in repr(azure_settings({"certificate_password": "s3cret"}, nobody(home, **COMPLETE)))


PROFILES = f"""
[default]
subscription_id={SUB}
client_id=default-client
secret=with%percent
tenant=default-tenant

[staging]
subscription_id={OTHER_SUB}
client_id=staging-client
secret=staging-secret
tenant=staging-tenant
cloud_environment=AzureChinaCloud
"""


class TestProfile:
    """~/.azure/credentials, as azure.azcollection reads it."""

    @pytest.mark.parametrize(
        ("params", "environ", "client"),
        [
            pytest.param({}, {}, "default-client", id="the default one when there is nothing else"),
            pytest.param({"auth_source": "credential_file"}, COMPLETE, "default-client", id="before the environment when it is asked for"),
            pytest.param({"auth_source": "credential_file", "profile": "staging"}, {}, "staging-client", id="by name"),
            pytest.param({"profile": "staging"}, COMPLETE, "staging-client", id="a name is asking for it"),
            pytest.param({}, {**COMPLETE, "AZURE_PROFILE": "staging"}, "staging-client", id="in the environment too"),
            pytest.param({"auth_source": "env"}, {"AZURE_PROFILE": "staging"}, "staging-client", id="with auth_source env too"),
            pytest.param({}, COMPLETE, "client", id="after a complete environment"),
            pytest.param(
                {"client_id": "mine", "secret": "x", "tenant": "t"},
                {"AZURE_PROFILE": "staging", "AZURE_SUBSCRIPTION_ID": SUB},
                "mine",
                id="after parameters",
            ),
        ],
    )
    def test_which_service_principal_counts(self, home: Path, params: dict[str, str], environ: dict[str, str], client: str) -> None:
        write_profiles(home, PROFILES)
        settings = azure_settings(params, nobody(home, **environ))
        assert (settings.auth_method, settings.client_id) == ("secret", client)

    def test_parameter_wins_over_the_profiles_values(self, home: Path) -> None:
        write_profiles(home, PROFILES)
        settings = azure_settings({"profile": "staging"}, nobody(home))
        assert (settings.subscription_id, settings.secret, settings.tenant) == (OTHER_SUB, "staging-secret", "staging-tenant")
        assert settings.cloud_environment == "AzureChinaCloud"
        assert azure_settings({"profile": "default"}, nobody(home)).secret == "with%percent"
        assert azure_settings({"profile": "staging", "subscription_id": SUB}, nobody(home)).subscription_id == SUB

    def test_profile_without_subscription_takes_only_that_from_the_environment(self, home: Path) -> None:
        write_profiles(home, "[team]\nclient_id=c\nsecret=s\ntenant=t\n")
        settings = azure_settings({"profile": "team"}, nobody(home, **COMPLETE, AZURE_X509_CERTIFICATE_PATH="/c.pem"))
        assert (settings.subscription_id, settings.client_id, settings.x509_certificate_path) == (SUB, "c", "")

    @pytest.mark.parametrize(
        ("text", "params", "code", "words"),
        [
            (PROFILES, {"profile": "prod"}, "NoCredentialProfile", ("'prod'", "[prod]")),
            (None, {"auth_source": "credential_file"}, "NoCredentialProfile", ("'default'", "credentials")),
            ("no section\n", {}, "UnreadableFile", ("credentials",)),
            ("[default]\nclient_id=c\n", {"auth_source": "credential_file"}, "MissingCredentials", ("secret", "profile")),
        ],
    )
    def test_unusable_profile_is_explained(
        self, home: Path, text: str | None, params: dict[str, str], code: str, words: tuple[str, ...]
    ) -> None:
        if text is not None:
            write_profiles(home, text)
        assert_explained(refusal(params, nobody(home, AZURE_SUBSCRIPTION_ID=SUB)), code, *words)


class TestAzureCli:
    """What the Azure CLI knows completes what nobody gives."""

    ACCOUNTS = (
        {"id": OTHER_SUB, "isDefault": False, "environmentName": "AzureCloud"},
        {"id": SUB, "isDefault": True, "environmentName": "AzureUSGovernment"},
    )

    @pytest.mark.parametrize(
        ("params", "subscription", "cloud"),
        [
            ({}, SUB, "AzureUSGovernment"),
            ({"auth_source": "cli"}, SUB, "AzureUSGovernment"),
            ({"subscription_id": OTHER_SUB}, OTHER_SUB, "AzureCloud"),
            ({"cloud_environment": "AzureChinaCloud"}, SUB, "AzureChinaCloud"),
        ],
    )
    def test_its_subscription_and_cloud_are_taken(self, home: Path, params: dict[str, str], subscription: str, cloud: str) -> None:
        write_cli_accounts(home / ".azure", *self.ACCOUNTS)
        settings = azure_settings(params, nobody(home))
        assert (settings.subscription_id, settings.cloud_environment) == (subscription, cloud)

    def test_its_directory_may_be_elsewhere(self, home: Path) -> None:
        elsewhere = home / "elsewhere"
        elsewhere.mkdir()
        write_cli_accounts(elsewhere, *self.ACCOUNTS)
        assert azure_settings({}, nobody(home, AZURE_CONFIG_DIR=str(elsewhere))).subscription_id == SUB

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"subscriptions": [1, {"isDefault": 1}]}'])
    def test_empty_credentials_file_counts_as_missing(self, home: Path, text: str) -> None:
        (home / ".azure" / "azureProfile.json").write_text(text)
        assert_explained(refusal({}, nobody(home)), "MissingSubscription", "subscription_id", "AZURE_SUBSCRIPTION_ID")


def test_subscription_is_required_and_must_be_an_id(home: Path) -> None:
    assert_explained(refusal({}, nobody(home)), "MissingSubscription", "subscription_id", "AZURE_SUBSCRIPTION_ID")
    error = refusal({"subscription_id": "Team A"}, nobody(home, **COMPLETE))
    assert_explained(error, "InvalidSubscription", "'Team A'", "az account list")


@pytest.mark.parametrize(
    ("name", "authority", "logs"),
    [
        ("AzureCloud", "https://login.microsoftonline.com", "https://api.loganalytics.azure.com"),
        ("AzureChinaCloud", "https://login.chinacloudapi.cn", "https://api.loganalytics.azure.cn"),
        ("AzureUSGovernment", "https://login.microsoftonline.us", "https://api.loganalytics.us"),
    ],
)
def test_microsoft_cloud_is_found_by_name(name: str, authority: str, logs: str) -> None:
    cloud = find_cloud(name, WIRE)
    assert (cloud.authority, cloud.logs) == (authority, logs)
    assert cloud.scope == f"{cloud.resource_manager}/.default"


@pytest.mark.parametrize("environment", ["AzureStack", "http://127.0.0.1:8443", "azurecloud", ""])
def test_cloud_that_is_neither_a_name_nor_an_https_url_is_rejected(environment: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        find_cloud(environment, WIRE)
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


@pytest.mark.parametrize("name", [name for name in NAMES if "tenant" in OPERATIONS[name].arguments])
def test_remedy_for_a_slow_connection_names_only_the_modules_options(home: Path, name: str) -> None:
    settings = azure_settings(parameters(OPERATIONS[name]), {**COMPLETE, "HOME": str(home)})
    with pytest.raises(AzureError) as failed:
        fail_unreachable("Reading", settings, ServiceResponseTimeoutError("slow"))
    assert ("wait_timeout" in failed.value.remedy) is ("wait_timeout" in OPERATIONS[name].arguments)
