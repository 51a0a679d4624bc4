# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every way to sign in that needs no person, by azure-identity as it is.

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import trustme
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CertificateCredential, ManagedIdentityCredential, WorkloadIdentityCredential

from tests.integration.lab.arm_site import PRINCIPAL, ArmSite, send, serve
from tests.lab.arm.model.trust import FederatedCredential
from tests.lab.config import IDENTITY_HEADER

ISSUER = "https://oidc.example.invalid/"
SUBJECT = "system:serviceaccount:default:ansible"
OTHER = "44444444-4444-4444-4444-444444444444"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ArmSite]:
    with serve(tmp_path) as running:
        yield running


def options(site: ArmSite) -> dict[str, Any]:
    return {"authority": site.url, "disable_instance_discovery": True, "connection_verify": site.ca, "retry_total": 0}


def leaf(key_type: trustme.KeyType = trustme.KeyType.RSA) -> trustme.LeafCert:
    return trustme.CA().issue_cert("gpuops.invalid", key_type=key_type)


def works(site: ArmSite, credential: Any) -> bool:
    """Whether Azure Resource Manager takes the token."""
    site.clients.callback(credential.close)
    return send(site.client(credential=credential), "GET", "/resourcegroups").status_code == 200


class TestCertificates:
    """A service principal with a certificate."""

    def signed(self, site: ArmSite, certificate: trustme.LeafCert) -> CertificateCredential:
        content = certificate.private_key_and_cert_chain_pem.bytes()
        return CertificateCredential(PRINCIPAL.tenant_id, PRINCIPAL.client_id, certificate_data=content, **options(site))

    def test_own_certificate_of_the_application_signs_in(self, site: ArmSite) -> None:
        certificate = leaf()
        site.state.trust.add_certificate(certificate.cert_chain_pems[0].bytes())
        assert works(site, self.signed(site, certificate))

    def test_another_one_does_not(self, site: ArmSite) -> None:
        with pytest.raises(ClientAuthenticationError, match="AADSTS700027"):
            works(site, self.signed(site, leaf()))


class TestFederation:
    """Workload identity: a token of another issuer stands for the application."""

    @pytest.fixture
    def token(self, site: ArmSite, tmp_path: Path) -> Callable[..., WorkloadIdentityCredential]:
        """A credential whose file holds a token of an issuer that the application trusts, changed as asked."""
        issuer = leaf(trustme.KeyType.ECDSA)
        site.state.trust.add_issuer(ISSUER, issuer.cert_chain_pems[0].bytes())
        site.state.trust.federated.append(FederatedCredential(ISSUER, SUBJECT))

        def make(*, key: bytes | None = None, **changes: object) -> WorkloadIdentityCredential:
            claims = {"iss": ISSUER, "sub": SUBJECT, "aud": ["api://AzureADTokenExchange"], "exp": int(time.time()) + 600, **changes}
            file = tmp_path / "token"
            file.write_text(jwt.encode(claims, key or issuer.private_key_pem.bytes().decode(), algorithm="ES256"))
            return WorkloadIdentityCredential(
                tenant_id=PRINCIPAL.tenant_id, client_id=PRINCIPAL.client_id, token_file_path=str(file), **options(site)
            )

        return make

    def test_a_trusted_token_signs_in(self, site: ArmSite, token: Callable[..., WorkloadIdentityCredential]) -> None:
        assert works(site, token())

    @pytest.mark.parametrize(
        ("changes", "number"),
        [
            ({"iss": "https://elsewhere.invalid/"}, "AADSTS700211"),
            ({"sub": "system:serviceaccount:default:other"}, "AADSTS700213"),
            ({"aud": "api://Other"}, "AADSTS700212"),
            ({"exp": 1}, "AADSTS700024"),
            ({"key": leaf(trustme.KeyType.ECDSA).private_key_pem.bytes()}, "AADSTS50027"),
        ],
    )
    def test_other_federated_identity_is_refused_with_the_mismatch(
        self, site: ArmSite, token: Callable[..., WorkloadIdentityCredential], changes: dict[str, Any], number: str
    ) -> None:
        with pytest.raises(ClientAuthenticationError, match=number):
            works(site, token(**changes))


class TestManagedIdentity:
    """azure-identity looks into its environment to know where it runs."""

    @pytest.fixture(params=["app service", "virtual machine"])
    def machine(self, request: pytest.FixtureRequest, site: ArmSite, monkeypatch: pytest.MonkeyPatch) -> str:
        if request.param == "app service":
            monkeypatch.setenv("IDENTITY_ENDPOINT", f"{site.url}/msi/token")
            monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
        else:
            monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", site.url)
        return str(request.param)

    @pytest.mark.usefixtures("machine")
    @pytest.mark.parametrize("client", [None, PRINCIPAL.client_id])
    def test_managed_identity_signs_in_as_default_or_named_identity(self, site: ArmSite, client: str | None) -> None:
        credential = ManagedIdentityCredential(client_id=client, connection_verify=site.ca)
        assert works(site, credential)

    @pytest.mark.usefixtures("machine")
    def test_another_identity_is_not_there(self, site: ArmSite) -> None:
        with pytest.raises(ClientAuthenticationError, match=r"(?i)identity (not )?found"):
            works(site, ManagedIdentityCredential(client_id=OTHER, connection_verify=site.ca))

    def test_wrong_header_is_refused(self, site: ArmSite, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{site.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "wrong")
        with pytest.raises(ClientAuthenticationError, match="X-IDENTITY-HEADER"):
            works(site, ManagedIdentityCredential(connection_verify=site.ca))


def test_expired_secret_is_distinguished_from_a_wrong_one(site: ArmSite) -> None:
    site.state.faults.arm("secret-expired")
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000222"):
        works(site, site.credential())
