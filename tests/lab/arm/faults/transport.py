# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What happens on the way: cut and slow connections, limits, broken servers, and identities that may not.

from __future__ import annotations

from types import MappingProxyType

from tests.lab.arm.errors.aks import ThrottledError
from tests.lab.arm.errors.gateway import ExpiredAuthenticationTokenError, InvalidAuthenticationTokenError, SubscriptionNotFoundError
from tests.lab.arm.faults.effects import Cut, LeaveOut, Refuse, Reword, Silence, Slow, Trickle
from tests.lab.arm.faults.fault import Fault
from tests.lab.arm.faults.where import ARM, FOLLOW, POLL, READ, STANDING, TOKEN, WRITE

TRANSPORT = (
    Fault("cut-before", WRITE, Cut(after=False), "the connection ends before the request took effect"),
    Fault("cut-after", WRITE, Cut(after=True), "the connection ends after it took effect, without an answer"),
    Fault("slow", ARM, Slow(), "the answer takes so many real seconds", MappingProxyType({"seconds": "2"})),
    Fault("trickle", ARM, Trickle(), "the answer comes a byte at a time, so many real seconds apart", MappingProxyType({"seconds": "1"})),
    Fault("no-answer", ARM, Silence(), "the connection stays open and nothing comes"),
    Fault(
        "no-operation-url",
        WRITE,
        LeaveOut(headers=("azure-asyncoperation", "location")),
        "an accepted request, and no word of where to ask",
    ),
    Fault("no-provisioning-state", READ, LeaveOut(member="provisioningState"), "a resource that doesn't say how it stands"),
    Fault(
        "state-word",
        STANDING,
        Reword(),
        "another word for a state, in operations and resources (state: Azure's, word: what is told instead)",
        MappingProxyType({"state": "Canceled", "word": "Cancelled"}),
    ),
    Fault(
        "throttled",
        ARM,
        Refuse.like(ThrottledError, ThrottledError.text, retry_after=True),
        "AKS' bucket is empty",
        MappingProxyType({"retry_after_s": "5"}),
    ),
    Fault(
        "subscription-throttled",
        ARM,
        Refuse(
            429,
            "SubscriptionRequestsThrottled",
            "Number of requests for subscription '{subscription}' and operation '{operation}' exceeded the backend storage limit. "
            "Please try again after '{retry_after_s}' seconds.",
            gateway=True,
            retry_after=True,
        ),
        "Azure Resource Manager's own limit",
        MappingProxyType({"retry_after_s": "5", "operation": "GET/SUBSCRIPTIONS"}),
    ),
    Fault(
        "too-many-requests",
        ARM,
        Refuse(429, "TooManyRequestsReceived", "Too many requests received.", gateway=True, retry_after=True),
        "the same under another code",
        MappingProxyType({"retry_after_s": "5"}),
    ),
    Fault(
        "identity-operation-throttled",
        WRITE,
        Refuse(
            429,
            "FailedIdentityOperation",
            "Identity operation for resource '{resource}' failed with error 'Failed to perform resource identity operation. Status: '429'. "
            'Response: \'{{"error":{{"code":"429","message":"Request is temporarily throttled because resource {resource} has issued too '
            "many requests. Retry after 20 seconds.\"}}}}'.'.",
            gateway=True,
        ),
        "another service's limit, quoted by Azure Resource Manager; no Retry-After",
    ),
    Fault(
        "bad-gateway-connection",
        POLL,
        Refuse(
            502,
            "BadGatewayConnection",
            "The network connectivity issue encountered for 'Microsoft.ContainerService'; cannot fulfill the request.",
            gateway=True,
        ),
        "Azure Resource Manager doesn't reach AKS while somebody polls",
    ),
    Fault(
        "operation-not-found",
        FOLLOW,
        Refuse(404, "NotFound", "The entity was not found.", gateway=True),
        "an operation that Azure doesn't know yet, or no longer",
    ),
    Fault(
        "server-error",
        ARM,
        Refuse(503, "ServiceUnavailable", "The service is unavailable. Please try again later.", gateway=True),
        "a 5xx (status: 500, 502, 503 or 504)",
    ),
)

ACCESS = (
    Fault(
        "authorization-failed",
        ARM,
        Refuse(
            403,
            "AuthorizationFailed",
            "The client '{client}' with object id '{client}' does not have authorization to perform action '{action}' over scope '{scope}' "
            "or the scope is invalid. If access was recently granted, please refresh your credentials.",
            gateway=True,
        ),
        "the identity has no role for this",
    ),
    Fault(
        "token-expired",
        ARM,
        Refuse.like(ExpiredAuthenticationTokenError, ExpiredAuthenticationTokenError.text),
        "the token's time is over",
        MappingProxyType({"expired": "1/1/2026 12:00:00 AM", "now": "1/1/2026 1:00:00 AM"}),
    ),
    Fault(
        "token-invalid",
        ARM,
        Refuse.like(InvalidAuthenticationTokenError, InvalidAuthenticationTokenError.text),
        "the token is no good",
    ),
    Fault(
        "secret-expired",
        TOKEN,
        Refuse(401, "invalid_client", "AADSTS7000222: The provided client secret keys for app '{client}' are expired.", entra=True),
        "the client secret's time is over",
    ),
    Fault(
        "sign-in-blocked",
        TOKEN,
        Refuse(
            400,
            "invalid_grant",
            "AADSTS53003: Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
            entra=True,
        ),
        "a policy forbids the sign-in",
    ),
    Fault(
        "wrong-tenant",
        ARM,
        Refuse(
            401,
            "InvalidAuthenticationTokenTenant",
            "The access token is from the wrong issuer 'https://sts.windows.net/{other_tenant}/'. It must match the tenant "
            "'https://sts.windows.net/{tenant}/' associated with this subscription. Please use the authority (URL) "
            "'https://login.windows.net/{tenant}' to get the token.",
            gateway=True,
            challenge=True,
        ),
        "the token is of another tenant than the subscription",
        MappingProxyType({"other_tenant": "99999999-9999-9999-9999-999999999999"}),
    ),
    Fault(
        "subscription-not-found",
        ARM,
        Refuse.like(SubscriptionNotFoundError, SubscriptionNotFoundError.text),
        "the identity sees no such subscription",
    ),
)
