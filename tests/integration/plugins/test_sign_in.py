# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
import trustme
from ansible_collections.gpuops.aks.plugins.module_utils._errors import AzureError, InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster.operation import OPERATION as CLUSTERS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.credentials.operation import OPERATION as CREDENTIALS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Operation
from ansible_collections.gpuops.aks.plugins.module_utils._operations.pool.operation import OPERATION as NODEPOOL
from ansible_collections.gpuops.aks.plugins.module_utils._operations.register import OPERATION as FEATURE

from tests.integration.lab.arm_site import PRINCIPAL
from tests.integration.plugins.azure import CLUSTER, GROUP, SIZE, Azure
from tests.lab.arm.model.trust import FederatedCredential

TASKS: list[tuple[Operation, dict[str, Any]]] = [
    (FEATURE, {"features": ["GPUDedicatedVHDPreview"]}),
    (CLUSTERS, {"resource_group": GROUP, "name": CLUSTER, "location": "eastus"}),
    (NODEPOOL, {"resource_group": GROUP, "cluster": CLUSTER, "name": "gpunp", "vm_size": SIZE}),
    (CREDENTIALS, {"resource_group": GROUP, "cluster": CLUSTER, "path": "/nonexistent/aks.config"}),
]
EACH_TASK = pytest.mark.parametrize(("operation", "params"), TASKS, ids=["feature", "cluster", "nodepool", "credentials"])
NOBODY = "66666666-6666-6666-6666-666666666666"


@EACH_TASK
@pytest.mark.parametrize("check_mode", [True, False], ids=["check", "apply"])
class TestEveryTask:
    """Whatever the task, and in check mode too: the wrong setting is named, and nothing is written."""

    def test_a_wrong_secret(self, azure: Azure, operation: Operation, params: dict[str, Any], check_mode: bool) -> None:
        with azure.requests() as sent:
            error = azure.refused(operation, check_mode=check_mode, **params, secret="wrong-secret")
        assert (error.code, error.retriable, sent.writes) == ("InvalidClientSecret", False, [])
        assert "AZURE_SECRET" in error.remedy
        assert "wrong-secret" not in error.message

    def test_an_unknown_subscription(self, azure: Azure, operation: Operation, params: dict[str, Any], check_mode: bool) -> None:
        with azure.requests() as sent:
            error = azure.refused(operation, check_mode=check_mode, **params, subscription_id=NOBODY)
        assert (error.code, error.retriable, sent.writes) == ("SubscriptionNotFound", False, [])
        assert "AZURE_SUBSCRIPTION_ID" in error.remedy


@pytest.mark.parametrize(
    ("change", "code", "variable"),
    [
        ({"client_id": NOBODY}, "UnknownClient", "AZURE_CLIENT_ID"),
        ({"tenant": NOBODY}, "UnknownTenant", "AZURE_TENANT"),
        ({"tenant": "no tenant / at all"}, "InvalidTenant", "AZURE_TENANT"),
    ],
)
def test_unknown_identity_is_named(azure: Azure, change: dict[str, str], code: str, variable: str) -> None:
    with azure.requests() as sent:
        error = azure.refused(FEATURE, **change)
    assert (error.code, error.retriable, sent.writes) == (code, False, [])
    assert variable in error.remedy


class TestCloud:
    """Where the cloud is, by a name or a URL."""

    @pytest.mark.parametrize("path", ["", "/", "/metadata/endpoints?api-version=2022-09-01", "/metadata/endpoints?api-version=2019-05-01"])
    def test_private_cloud_is_found_by_resource_manager_or_metadata_url(self, azure: Azure, path: str) -> None:
        assert azure.run(FEATURE, cloud_environment=f"{azure.site.url}{path}").result["provider_state"] == "Registered"

    def test_unreachable_cloud_fails_at_once(self, azure: Azure) -> None:
        began = azure.clock.now()
        error = azure.refused(FEATURE, cloud_environment="https://localhost:1")
        assert (error.code, error.retriable) == ("CloudUnreachable", True)
        assert "https://localhost:1/metadata/endpoints" in error.message
        assert "cloud_environment" in error.remedy
        assert azure.clock.now() == began

    @pytest.mark.parametrize(("fault", "said"), [("throttled", "HTTP 429"), ("server-error", "HTTP 503")])
    def test_busy_server_is_not_reported_as_a_wrong_address(self, azure: Azure, fault: str, said: str) -> None:
        azure.site.state.faults.arm(fault, times=None, method="GET", path="/metadata/endpoints")
        error = azure.refused(FEATURE)
        assert (error.code, error.remedy) == ("CloudUnreachable", "Run the same task again.")
        assert said in error.message
        assert "\n" not in error.message

    def test_missing_proxy_is_suggested_as_the_cause(self, azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTPS_PROXY", "http://somebody:proxy-password@127.0.0.1:1")
        monkeypatch.setenv("NO_PROXY", "")
        error = azure.refused(FEATURE)
        assert (error.code, "HTTPS_PROXY" in error.remedy) == ("CloudUnreachable", True)
        assert "proxy-password" not in error.message

    def test_certificate_of_an_unknown_authority_leads_to_the_ca_bundle(self, azure: Azure, tmp_path: Path) -> None:
        strangers = tmp_path / "strangers.pem"
        trustme.CA().cert_pem.write_to_path(strangers)
        error = azure.refused(FEATURE, environ={**azure.environ, "REQUESTS_CA_BUNDLE": str(strangers)})
        assert error.code == "CloudUnreachable"
        assert "CERTIFICATE_VERIFY_FAILED" in error.message
        assert "REQUESTS_CA_BUNDLE" in error.remedy

    @pytest.mark.parametrize("content", [None, "no certificate"])
    def test_invalid_ca_bundle_is_rejected(self, azure: Azure, tmp_path: Path, content: str | None) -> None:
        bundle = tmp_path / "bundle.pem"
        if content is not None:
            bundle.write_text(content)
        error = azure.refused(FEATURE, environ={**azure.environ, "REQUESTS_CA_BUNDLE": str(bundle)})
        assert error.code == "UnreadableFile"
        assert str(bundle) in error.message
        assert "REQUESTS_CA_BUNDLE" in error.remedy

    def test_directory_of_hashed_certificates_is_a_ca_bundle(self, azure: Azure, tmp_path: Path) -> None:
        shutil.copy(azure.environ["REQUESTS_CA_BUNDLE"], tmp_path / "lab.pem")
        subprocess.run(["openssl", "rehash", tmp_path], check=True, capture_output=True)
        environ = {**azure.environ, "REQUESTS_CA_BUNDLE": str(tmp_path)}
        assert azure.run(FEATURE, environ=environ).result["provider_state"] == "Registered"

    @pytest.mark.parametrize(
        ("path", "code"), [("/_lab/state?/metadata/endpoints", "NoCloudMetadata"), ("/metadata/endpoints/of/nothing", "CloudUnreachable")]
    )
    def test_address_that_does_not_describe_a_cloud(self, azure: Azure, path: str, code: str) -> None:
        error = azure.refused(FEATURE, cloud_environment=f"{azure.site.url}{path}")
        assert error.code == code
        assert azure.site.url in error.message

    def test_azures_public_names_are_reached_through_the_proxy_of_the_environment(
        self, azure: Azure, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTPS_PROXY", azure.site.proxy)
        assert azure.run(FEATURE, cloud_environment="AzureCloud").result["provider_state"] == "Registered"

    def test_public_azure_is_asked_for_a_token_and_not_for_its_addresses(self, azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTPS_PROXY", azure.site.proxy)
        with azure.requests() as sent:
            azure.run(FEATURE, cloud_environment="AzureCloud")
        assert [each.path for each in sent if "/subscriptions/" not in each.path] == [f"/{PRINCIPAL.tenant_id}/oauth2/v2.0/token"]

    def test_a_tenant_that_public_azure_does_not_have_is_named(self, azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTPS_PROXY", azure.site.proxy)
        assert azure.refused(FEATURE, cloud_environment="AzureCloud", tenant=NOBODY).code == "UnknownTenant"

    def test_netrc_does_not_replace_the_token(self, azure: Azure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        netrc = tmp_path / "netrc"
        netrc.write_text("default login somebody password elsewhere\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        assert azure.run(FEATURE).result["provider_state"] == "Registered"

    def test_dead_proxy_is_retried_by_our_clock_and_then_reported(self, azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
        began = azure.clock.now()
        error = azure.refused(FEATURE, cloud_environment="AzureCloud")
        assert (error.code, error.retriable) == ("AzureUnreachable", True)
        assert "HTTPS_PROXY" in error.remedy
        assert azure.clock.now() - began > 2  # seconds between retries, none of which anybody waited

    def test_resource_manager_that_stops_responding(self, azure: Azure) -> None:
        with azure.session() as session, pytest.raises(AzureError) as refusal:
            session.send("GET", "https://localhost:1/subscriptions", what="Reading the subscriptions")
        assert (refusal.value.code, refusal.value.retriable) == ("AzureUnreachable", True)
        assert refusal.value.message.startswith("Reading the subscriptions: no answer from Azure")


class TestSettings:
    """Which of several settings counts, seen from what Azure makes of them."""

    def test_parameters_come_before_the_environment(self, azure: Azure) -> None:
        environ = {**azure.environ, "AZURE_SECRET": "wrong-secret"}
        assert azure.refused(FEATURE, environ=environ).code == "InvalidClientSecret"
        assert not azure.run(FEATURE, environ=environ, secret=PRINCIPAL.secret).changed

    def test_on_request_the_environment_comes_first(self, azure: Azure) -> None:
        assert not azure.run(FEATURE, secret="wrong-secret", auth_source="env").changed

    def test_variables_of_azure_identity_are_accepted(self, azure: Azure) -> None:
        environ = azure.environ
        environ["AZURE_TENANT_ID"] = environ.pop("AZURE_TENANT")
        environ["AZURE_CLIENT_SECRET"] = environ.pop("AZURE_SECRET")
        assert not azure.run(FEATURE, environ=environ).changed

    def test_profile_of_the_credentials_file_replaces_the_environment(self, azure: Azure) -> None:
        home = Path(azure.environ["HOME"]) / ".azure"
        home.mkdir()
        names = {"client_id": PRINCIPAL.client_id, "secret": PRINCIPAL.secret, "tenant": PRINCIPAL.tenant_id}
        lines = [f"{name} = {value}" for name, value in {**names, "subscription_id": PRINCIPAL.subscription_id}.items()]
        (home / "credentials").write_text("\n".join(["[lab]", *lines]))
        environ = {**azure.environ, "AZURE_SECRET": "wrong-secret", "AZURE_SUBSCRIPTION_ID": NOBODY}
        assert azure.run(FEATURE, environ=environ, profile="lab").result["provider_state"] == "Registered"

    @pytest.mark.parametrize(
        ("missing", "params", "code"),
        [
            ("AZURE_SUBSCRIPTION_ID", {}, "MissingSubscription"),
            ("AZURE_SECRET", {"auth_source": "env"}, "MissingCredentials"),
        ],
    )
    def test_missing_values_are_named_before_any_request(self, azure: Azure, missing: str, params: dict[str, Any], code: str) -> None:
        environ = azure.environ
        del environ[missing]
        with azure.requests() as sent, pytest.raises(InvalidInputError) as refusal:
            azure.run(FEATURE, environ=environ, **params)
        assert (refusal.value.code, sent) == (code, [])
        assert missing in refusal.value.remedy


class TestAzureCli:
    """With the sign-in of `az`, whose part a script plays here: azure-identity runs it, and what it prints is the real one's."""

    @pytest.fixture
    def az(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
        """Puts a command az of these lines on the PATH; without a call there is none."""
        directory = tmp_path / "bin"
        directory.mkdir()
        monkeypatch.setenv("PATH", str(directory))

        def install(*lines: str) -> None:
            path = directory / "az"
            path.write_text("\n".join(["#!/bin/sh", *lines]))
            path.chmod(0o755)

        return install

    PRINCIPALS = ("AZURE_TENANT", "AZURE_CLIENT_ID", "AZURE_SECRET")

    @pytest.mark.parametrize("params", [{"auth_source": "cli"}, {}], ids=["asked for", "nothing else"])
    def test_its_token_is_used_and_its_subscription(self, azure: Azure, az: Callable[..., None], params: dict[str, str]) -> None:
        token = azure.site.credential().get_token(f"{azure.site.url}/.default")
        az(f"""echo '{{"accessToken": "{token.token}", "expires_on": {token.expires_on}}}'""")
        environ = azure.environ_without(*self.PRINCIPALS)
        with azure.requests() as sent:
            assert azure.run(FEATURE, environ=environ, **params).result["provider_state"] == "Registered"
        assert [request for request in sent if request.path.endswith("/token")] == []

    @pytest.mark.usefixtures("az")
    def test_missing_azure_cli_is_reported(self, azure: Azure) -> None:
        error = azure.refused(FEATURE, auth_source="cli")
        assert (error.code, error.retriable) == ("AzureCliMissing", False)
        assert "PATH" in error.cause

    @pytest.mark.usefixtures("az")
    def test_missing_credentials_error_lists_what_was_tried(self, azure: Azure) -> None:
        error = azure.refused(FEATURE, environ=azure.environ_without("AZURE_SECRET"))
        assert error.code == "MissingCredentials"
        for word in ("~/.azure/credentials", "a secret, certificate or federated token", "az is not on the PATH"):
            assert word in error.cause
        assert "az login" in error.remedy

    @pytest.mark.parametrize(
        ("said", "code", "word"),
        [
            ("ERROR: Please run 'az login' to setup account.", "AzureCliNotSignedIn", "az login"),
            (
                "ERROR: Subscription '2222' not found. Check the spelling and casing and try again.",
                "SubscriptionNotFound",
                "az account list",
            ),
            ("ERROR: AADSTS700082: The refresh token has expired due to inactivity. Trace ID: 1-2-3", "CliSignInExpired", "az login"),
            ("ERROR: AADSTS50076: you must use multi-factor authentication to access x.", "CliSignInExpired", "az login"),
            ("ERROR: Something new.", "SignInFailed", "AADSTS"),
        ],
    )
    def test_errors_of_az_are_classified(self, azure: Azure, az: Callable[..., None], said: str, code: str, word: str) -> None:
        az(f"""echo "{said}" >&2""", "exit 1")
        error = azure.refused(FEATURE, auth_source="cli", environ=azure.environ_without(*self.PRINCIPALS))
        assert (error.code, "Trace ID" in error.message) == (code, False)
        assert word in error.remedy


WITHOUT_SECRET = ("AZURE_SECRET",)


def leaf(key_type: trustme.KeyType = trustme.KeyType.RSA) -> trustme.LeafCert:
    """A certificate with its key."""
    return trustme.CA().issue_cert("gpuops.invalid", key_type=key_type)


class TestCertificate:
    """A service principal with a certificate."""

    @pytest.fixture
    def path(self, azure: Azure, tmp_path: Path) -> Path:
        """The file of a certificate that is registered with the application."""
        certificate = leaf()
        azure.site.state.trust.add_certificate(certificate.cert_chain_pems[0].bytes())
        path = tmp_path / "sp.pem"
        certificate.private_key_and_cert_chain_pem.write_to_path(path)
        return path

    def test_it_signs_in_by_parameter_and_by_either_variable(self, azure: Azure, path: Path) -> None:
        environ = azure.environ_without(*WITHOUT_SECRET)
        assert not azure.run(FEATURE, environ=environ, x509_certificate_path=str(path)).changed
        for variable in ("AZURE_X509_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PATH"):
            assert not azure.run(FEATURE, environ={**environ, variable: str(path)}).changed

    def test_unknown_certificate_is_distinguished_from_a_wrong_secret(self, azure: Azure, path: Path) -> None:
        leaf().private_key_and_cert_chain_pem.write_to_path(path)
        with azure.requests() as sent:
            error = azure.refused(FEATURE, environ=azure.environ_without(*WITHOUT_SECRET), x509_certificate_path=str(path))
        assert (error.code, error.retriable, sent.writes) == ("UnknownCertificate", False, [])
        assert "az ad app credential" in error.remedy

    def test_unusable_certificate_is_reported_before_any_request(self, azure: Azure, path: Path) -> None:
        path.write_text("no certificate")
        environ = {**azure.environ_without(*WITHOUT_SECRET), "AZURE_CLOUD_ENVIRONMENT": "AzureCloud"}
        with azure.requests() as sent:
            error = azure.refused(FEATURE, environ=environ, x509_certificate_path=str(path))
        assert (error.code, sent) == ("UnusableCertificate", [])


class TestWorkloadIdentity:
    """A token of another issuer, as a pod on AKS has it, stands for the application."""

    ISSUER, SUBJECT = "https://oidc.example.invalid/", "system:serviceaccount:default:ansible"

    @pytest.fixture
    def pod(self, azure: Azure, tmp_path: Path) -> Callable[..., dict[str, str]]:
        """The environment that Azure's webhook gives a pod, its token changed as asked."""
        issuer = leaf(trustme.KeyType.ECDSA)
        azure.site.state.trust.add_issuer(self.ISSUER, issuer.cert_chain_pems[0].bytes())
        azure.site.state.trust.federated.append(FederatedCredential(self.ISSUER, self.SUBJECT))

        def environ(**changes: object) -> dict[str, str]:
            claims = {"iss": self.ISSUER, "sub": self.SUBJECT, "aud": ["api://AzureADTokenExchange"], "exp": int(time.time()) + 600}
            path = tmp_path / "token"
            path.write_text(jwt.encode({**claims, **changes}, issuer.private_key_pem.bytes().decode(), algorithm="ES256"))
            own = {"AZURE_TENANT_ID": PRINCIPAL.tenant_id, "AZURE_FEDERATED_TOKEN_FILE": str(path)}
            return {**azure.environ_without(*WITHOUT_SECRET, "AZURE_TENANT"), **own}

        return environ

    def test_workload_identity_signs_in_and_wins_over_a_secret_on_request(self, azure: Azure, pod: Callable[..., dict[str, str]]) -> None:
        assert not azure.run(FEATURE, environ=pod()).changed
        environ = {**pod(), "AZURE_SECRET": "wrong-secret"}
        assert azure.refused(FEATURE, environ=environ).code == "InvalidClientSecret"
        assert not azure.run(FEATURE, environ=environ, auth_source="workload_identity").changed

    @pytest.mark.parametrize(
        ("changes", "code", "word"),
        [
            ({"sub": "system:serviceaccount:default:other"}, "FederationMismatch", "system:serviceaccount"),
            ({"iss": "https://elsewhere.invalid/"}, "FederationMismatch", "OIDC issuer URL"),
            ({"exp": 1}, "AssertionNotValidNow", "clock"),
        ],
    )
    def test_unusable_token_is_explained(
        self, azure: Azure, pod: Callable[..., dict[str, str]], changes: dict[str, object], code: str, word: str
    ) -> None:
        error = azure.refused(FEATURE, environ=pod(**changes))
        assert error.code == code
        assert word in error.remedy

    def test_missing_file_is_reported(self, azure: Azure, pod: Callable[..., dict[str, str]]) -> None:
        error = azure.refused(FEATURE, environ={**pod(), "AZURE_FEDERATED_TOKEN_FILE": "/var/run/secrets/nothing"})
        assert error.code == "UnreadableFile"
        assert "AZURE_FEDERATED_TOKEN_FILE" in error.cause


class TestManagedIdentity:
    """The machine's identity; azure-identity finds its endpoint by the process' environment, which is the task's in both entry points."""

    @pytest.fixture
    def machine(self, azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
        """An Azure machine."""
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", azure.site.url)

    @pytest.mark.usefixtures("machine")
    def test_system_and_user_assigned_identity_sign_in(self, azure: Azure) -> None:
        environ = azure.environ_without(*WITHOUT_SECRET, "AZURE_CLIENT_ID", "AZURE_TENANT")
        assert not azure.run(FEATURE, environ=environ, auth_source="msi").changed
        assert not azure.run(FEATURE, environ=environ, auth_source="msi", client_id=PRINCIPAL.client_id).changed

    @pytest.mark.usefixtures("machine")
    def test_identity_that_the_machine_does_not_have(self, azure: Azure) -> None:
        error = azure.refused(FEATURE, auth_source="msi", client_id=NOBODY)
        assert (error.code, error.retriable) == ("NoManagedIdentity", False)
        assert "az vm identity assign" in error.remedy

    def test_machine_without_managed_identity_is_reported(self, azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1")  # where else nothing may answer for minutes
        error = azure.refused(FEATURE, auth_source="msi", environ=azure.environ_without(*WITHOUT_SECRET))
        assert (error.code, error.retriable) == ("NoManagedIdentity", False)
        assert "auth_source" in error.remedy


def test_expired_secret_is_distinguished_from_a_wrong_one(azure: Azure) -> None:
    azure.site.state.faults.arm("secret-expired")
    error = azure.refused(FEATURE)
    assert (error.code, error.retriable) == ("ExpiredClientSecret", False)
    assert "has expired" in error.cause


@EACH_TASK
class TestRefusedByTheResourceManager:
    """Signed in, and yet not let in; the task says why, and has written nothing."""

    @pytest.mark.parametrize("fault", ["token-expired", "token-invalid"])
    def test_expired_token_is_renewed_once_without_failure(
        self, azure: Azure, operation: Operation, params: dict[str, Any], fault: str
    ) -> None:
        azure.make_group()
        azure.site.state.faults.arm(fault)
        with azure.requests() as sent:
            azure.run(operation, check_mode=True, **params)
        assert [request.path.endswith("/oauth2/v2.0/token") for request in sent].count(True) == 2
        assert [request.status for request in sent].count(401) == 1

    def test_when_the_fresh_token_is_not_taken_either_the_clock_is_suspected(
        self, azure: Azure, operation: Operation, params: dict[str, Any]
    ) -> None:
        azure.site.state.faults.arm("token-expired", times=2)
        with azure.requests() as sent:
            error = azure.refused(operation, **params)
        assert (error.code, error.retriable, sent.writes) == ("ExpiredToken", False, [])
        assert "clock" in error.remedy

    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            ("authorization-failed", ("AuthorizationFailed", "az role assignment create")),
            ("wrong-tenant", ("WrongTenant", "AZURE_TENANT")),
            ("subscription-not-found", ("SubscriptionNotFound", "AZURE_SUBSCRIPTION_ID")),
        ],
    )
    def test_what_is_wrong_is_named(
        self, azure: Azure, operation: Operation, params: dict[str, Any], fault: str, expected: tuple[str, str]
    ) -> None:
        azure.site.state.faults.arm(fault, times=None)
        with azure.requests() as sent:
            error = azure.refused(operation, **params)
        assert (error.code, error.retriable, sent.accepted_writes) == (expected[0], False, [])
        assert expected[1] in error.remedy


def test_missing_permission_names_action_scope_and_role(azure: Azure) -> None:
    azure.make_group()
    azure.site.state.faults.arm("authorization-failed", method="PUT", times=None)
    error = azure.refused(CLUSTERS, **dict(TASKS[1][1]))
    assert "Microsoft.ContainerService/managedClusters/write" in error.message
    assert "'Azure Kubernetes Service Contributor Role'" in error.remedy
    assert f"--scope /subscriptions/{PRINCIPAL.subscription_id}" in error.remedy
