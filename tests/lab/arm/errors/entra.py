# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the token endpoint refuses. Where a text comes from, and which ones are the lab's own: ../FIDELITY.md.

from __future__ import annotations

from typing import ClassVar

from tests.lab.arm.errors.gateway import ArmError


class EntraError(ArmError):
    """A refusal by the token endpoint: OAuth's JSON with Entra's AADSTS number."""

    error: ClassVar[str]
    number: int

    def body(self) -> dict[str, object]:
        return {"error": self.error, "error_description": f"AADSTS{self.number}: {self.message}", "error_codes": [self.number]}


class TenantNotFoundError(EntraError):
    """Another tenant than the lab's."""

    code = error = "invalid_tenant"
    number = 90002

    def __init__(self, tenant: str) -> None:
        super().__init__(
            f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. "
            "Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
        )


class ApplicationNotFoundError(EntraError):
    """A client that the tenant does not know."""

    code = error = "unauthorized_client"
    number = 700016

    def __init__(self, *, client: str, tenant: str) -> None:
        super().__init__(
            f"Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen if the application has "
            "not been installed by the administrator of the tenant or consented to by any user in the tenant. "
            "You may have sent your authentication request to the wrong tenant."
        )


class InvalidClientSecretError(EntraError):
    """A known client with a wrong secret."""

    status = 401
    code = error = "invalid_client"
    number = 7000215

    def __init__(self, client: str) -> None:
        super().__init__(
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
            f"not the client secret ID, for a secret added to app '{client}'."
        )


class CertificateNotRegisteredError(EntraError):
    """An assertion signed with a key that the application doesn't have."""

    status = 401
    code = error = "invalid_client"
    number = 700027

    def __init__(self, thumbprint: str) -> None:
        super().__init__(
            "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was "
            f"not found., Thumbprint of key used by client: '{thumbprint}']"
        )


class AssertionOutOfTimeError(EntraError):
    """An assertion that has expired or is not valid yet."""

    status = 401
    code = error = "invalid_client"
    number = 700024

    def __init__(self) -> None:
        super().__init__("Client assertion is not within its valid time range. Please check the clock of the machine that signed it.")


class MalformedAssertionError(EntraError):
    """An assertion that is not a JSON web token, or is for another endpoint."""

    code = error = "invalid_request"
    number = 50027

    def __init__(self, reason: str) -> None:
        super().__init__(f"JWT token is invalid or malformed. {reason}")


class FederatedCredentialNotFoundError(EntraError):
    """A token whose issuer, subject or audience the application does not trust."""

    status = 401
    code = error = "invalid_client"
    _check = "Check your federated identity credential Subject, Audience and Issuer against the presented assertion."

    def __init__(self, what: str, value: str) -> None:
        self.number = {"issuer": 700211, "audience": 700212, "subject": 700213}[what]
        super().__init__(f"No matching federated identity record found for presented assertion {what} '{value}'. {self._check}")


class NothingToProveError(EntraError):
    """A request with neither secret nor assertion."""

    status = 401
    code = error = "invalid_client"
    number = 7000218

    def __init__(self) -> None:
        super().__init__("The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")


class UnsupportedGrantTypeError(EntraError):
    """Any grant type but client_credentials."""

    code = error = "unsupported_grant_type"
    number = 70003

    def __init__(self, grant: str) -> None:
        super().__init__(f"The app requested an unsupported grant type '{grant}'.")
