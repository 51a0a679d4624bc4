# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._azure.failures import azure_error, code_and_message
from ansible_collections.gpuops.aks.plugins.module_utils._core.azure_failures.known_failure import KnownFailure
from ansible_collections.gpuops.aks.plugins.module_utils._core.azure_failures.tables import KNOWN_FAILURES, recognize
from ansible_collections.gpuops.aks.plugins.module_utils._core.azure_failures.unknown import Trace

from .operation_texts import OPERATION_TEXTS
from .pool_setting_texts import SETTING_TEXTS
from .pool_texts import TEXTS, Said

POOL_TEXTS = (*TEXTS, *OPERATION_TEXTS, *SETTING_TEXTS)

# Azure's texts, as its documentation and its users have them; what varies in them is shortened.
MEANINGS = [
    *((said.meaning, said.text) for said in POOL_TEXTS if recognize(said.text)),
    ("FeatureNotFound", "The feature 'NoSuchPreview' could not be found."),
    ("MissingSubscriptionRegistration", "The subscription is not registered to use namespace 'Microsoft.ContainerService'."),
    ("LocationNotAvailable", "The provided location 'moon' is not available for resource group. List of available regions is 'eastus'."),
    (
        "LocationNotAvailable",
        (
            "The provided location 'moon' is not available for resource type 'Microsoft.ContainerService/managedClusters'. "
            "List of available regions for the resource type is 'eastus'."
        ),
    ),
    (
        "LocationNotAvailable",
        (
            "No registered resource provider found for location 'moon' and API version '2024-07-01' for type 'locations/usages'. "
            "The supported api-versions are '2024-07-01'. The supported locations are 'eastus, westus'."
        ),
    ),
    (
        "ApiVersionNotSupported",
        "No registered resource provider found for location 'westus3' and API version '2024-09-02-preview' for type 'managedClusters'.",
    ),
    ("ApiVersionNotSupported", "NoRegisteredProviderFound"),
    ("SubscriptionNotFound", "The subscription '0000' could not be found."),
    (
        "WrongTenant",
        "The access token is from the wrong issuer 'https://sts.windows.net/x/'. It must match the tenant 'https://sts.windows.net/y/'.",
    ),
    ("ExpiredToken", "The access token expiry UTC time '11/24/2026 9:00:00 AM' is earlier than current UTC time '11/24/2026 9:30:00 AM'."),
    ("ExpiredToken", "The access token is invalid."),
    ("SubscriptionDisabled", "The subscription '0000' is disabled and therefore marked as read only."),
    ("InvalidSubscription", "The provided subscription identifier 'Team A' is malformed or invalid."),
    ("UnknownProvider", "The resource namespace 'Microsoft.ContainerServices' is invalid."),
    ("ResourceGroupBeingDeleted", "The resource group 'myResourceGroup' is in deprovisioning state and cannot perform this operation."),
    ("ResourceGroupNotFound", "Resource group 'myResourceGroup' could not be found."),
    ("ClusterNotFound", "The Resource 'Microsoft.ContainerService/managedClusters/aks' under resource group 'rg' was not found."),
    ("ClusterNotFound", "Could not find managed cluster resource: aks in subscription: 0000, resourceGroup: rg."),
    ("ClusterNotFound", "Failed to perform 'write' on resource(s) of type 'x', because the parent resource 'y' could not be found."),
    ("LocalAccountsDisabled", "Getting static credential is not allowed because this cluster is set to disable local accounts."),
    ("AuthorizationFailed", "The client 'x' with object id 'x' does not have authorization to perform action 'y' over scope 'z'."),
    ("LinkedAuthorizationFailed", "it does not have permission to perform action(s) 'y' on the linked scope(s) 'z'."),
    ("UpgradeNotAllowed", "Upgrading Kubernetes version 1.34.8 to 1.36.2 is not allowed. Available upgrades: [1.35.5]."),
    ("PolicyForbids", "Resource 'aks' was disallowed by policy. Policy identifiers: '[]'."),
    ("ScopeLocked", "The scope 'x' cannot perform delete operation because following scope(s) are locked: 'y'."),
]


@pytest.mark.parametrize(("code", "text"), MEANINGS, ids=[f"{code}-{number}" for number, (code, _unused) in enumerate(MEANINGS)])
def test_azures_text_is_recognised_with_a_cause(code: str, text: str) -> None:
    known = recognize(text)
    assert known is not None, text
    assert known.code == code
    assert known.cause


@pytest.mark.parametrize("said", POOL_TEXTS, ids=lambda said: f"{said.meaning} {said.text[:20]}")
def test_azures_message_about_a_pool_becomes_code_cause_and_remedy(said: Said) -> None:
    error = azure_error("Creating the node pool gpunp", status=0, code=said.code, message=said.text)
    assert (error.code, error.retriable) == (said.meaning, said.retriable)
    assert error.message == f"Creating the node pool gpunp: Azure returned {said.code}: {said.text}"
    assert error.cause
    assert error.remedy
    missing = [word for word in said.words if word not in f"{error.cause} {error.remedy}"]
    assert not missing, f"{missing} not in: {error.cause} {error.remedy}"
    assert "{" not in f"{error.cause} {error.remedy}"


ALL_TEXTS = [*MEANINGS, *((said.meaning, text) for said in POOL_TEXTS for text in (said.code, said.text))]


@pytest.mark.parametrize("known", KNOWN_FAILURES, ids=lambda known: known.explanation.code)
def test_each_known_failure_has_a_text_of_azures_and_is_the_first_to_have_it(known: KnownFailure) -> None:
    own = [text for code, text in ALL_TEXTS if code == known.explanation.code and known.explain(text)]
    assert own, "add a text of Azure's that the row recognizes, to the list that docs/architecture.md names for its table"
    found = [recognize(text) for text in own]
    assert any(
        each is not None and each.cause == known.explain(text).cause  # type: ignore[union-attr]
        for text, each in zip(own, found, strict=True)
    ), "an earlier row recognizes its texts: put the row before that one"


_FILLED_IN = re.compile(r"(?:\{\w+\})+")


@pytest.mark.parametrize("known", KNOWN_FAILURES, ids=lambda known: known.pattern[:40])
def test_what_a_row_fills_in_is_there_whichever_part_of_its_pattern_matches(known: KnownFailure) -> None:
    parsed = _parser.parse(known.pattern)
    groups = parsed.state.groupdict
    for filled in _FILLED_IN.findall(f"{known.explanation.cause} {known.explanation.remedy}"):
        wanted = {groups[name] for name in re.findall(r"\w+", filled) if name in groups}
        assert not wanted or has_one_of(wanted, parsed), f"{filled} is empty for a part of the pattern: make that part a row of its own"


def has_one_of(groups: set[int], pattern: Any) -> bool:
    """Whether one of the groups is part of every match of a parsed pattern."""
    return any(_has_one_of(groups, str(operation), arguments) for operation, arguments in pattern)


def _has_one_of(groups: set[int], operation: str, arguments: Any) -> bool:
    match operation:
        case "SUBPATTERN":
            return arguments[0] in groups or has_one_of(groups, arguments[-1])
        case "BRANCH":
            return all(has_one_of(groups, each) for each in arguments[1])
        case "MAX_REPEAT" | "MIN_REPEAT":
            return bool(arguments[0]) and has_one_of(groups, arguments[2])
    return False


@pytest.mark.parametrize(
    ("pattern", "sure"),
    [("in (?P<a>x)", True), ("in (?P<a>x)|Code", False), ("(?:in (?P<a>x))?", False), ("(?:(?P<a>x)|y(?P<b>z))", True)],
)
def test_group_that_may_be_empty_is_noticed(pattern: str, sure: bool) -> None:
    parsed = _parser.parse(pattern)
    assert has_one_of(set(parsed.state.groupdict.values()), parsed) is sure


@pytest.mark.parametrize(
    "text",
    [
        "mode cannot be Auto",
        "The value of parameter agentPoolProfile.count is invalid.",
        "",
    ],
)
def test_message_with_another_meaning_gets_no_cause(text: str) -> None:
    assert recognize(text) is None


def test_meaning_comes_from_the_message_because_codes_are_overloaded() -> None:
    busy = azure_error("Updating", status=409, code="OperationNotAllowed", message="Another operation (Updating) is in progress.")
    quota = azure_error("Updating", status=400, code="OperationNotAllowed", message="... exceeding approved NCFamily Cores quota ...")
    other = azure_error("Updating", status=400, code="OperationNotAllowed", message="mode cannot be Auto")
    assert [(error.code, error.retriable) for error in (busy, quota, other)] == [
        ("OperationInProgress", True),
        ("QuotaExceeded", False),
        ("OperationNotAllowed", False),
    ]


def test_error_has_the_action_and_azures_code_and_message() -> None:
    error = azure_error(
        "Creating the node pool gpunp", status=400, code="InsufficientVCPUQuota", message=" Insufficient vcpu quota requested 6. "
    )
    assert error.message == "Creating the node pool gpunp: Azure returned InsufficientVCPUQuota: Insufficient vcpu quota requested 6."
    assert (error.code, error.status) == ("QuotaExceeded", 400)
    assert "quota" in error.remedy


def test_code_is_recognized_without_a_message() -> None:
    assert azure_error("Reading", status=404, code="SubscriptionNotFound", message="?").code == "SubscriptionNotFound"
    assert azure_error("Reading", status=404, code="SubscriptionNotFound", message="?").cause


@pytest.mark.parametrize(("status", "code"), [(429, "Throttled"), (412, "ChangedMeanwhile")])
def test_status_is_explained_without_a_known_code(status: int, code: str) -> None:
    error = azure_error("Reading", status=status, code="SomethingNew", message="A text that nobody knows.")
    assert (error.code, error.retriable, error.recognized) == (code, True, True)


@pytest.mark.parametrize("status", [0, 302, 400, 401, 403, 404, 405, 408, 409, 410, 418, 451, 500, 502, 503, 504, 599])
def test_unknown_message_has_cause_remedy_and_support_ids(status: int) -> None:
    trace = Trace("PUT /subscriptions/s/x", "c-1", "r-1")
    error = azure_error("Creating", status=status, code="SomethingNew", message="A text that nobody knows.", trace=trace)
    assert (error.code, error.recognized) == ("SomethingNew", False)
    assert error.cause
    assert error.remedy.endswith("For Azure support: PUT /subscriptions/s/x, correlation ID c-1, request ID r-1.")


def test_unknown_ids_are_not_mentioned() -> None:
    assert "support" not in azure_error("Creating", status=400, code="SomethingNew", message="?").remedy


def test_response_without_a_code_is_named_by_its_status() -> None:
    error = azure_error("Reading", status=502, code="", message="Bad Gateway")
    assert (error.code, error.message) == ("HTTP502", "Reading: Bad Gateway")


@pytest.mark.parametrize("code", ["", "Strange"])
def test_response_without_a_message_is_reported_as_that(code: str) -> None:
    error = azure_error("Deleting", status=403, code=code, message="")
    assert error.message.endswith("HTTP 403 without a reason")


@pytest.mark.parametrize(
    ("status", "retriable"), [(400, False), (404, False), (408, True), (409, False), (429, True), (500, True), (503, True), (504, True)]
)
def test_unknown_failure_is_retriable_by_its_status(status: int, retriable: bool) -> None:
    assert azure_error("Reading", status=status, code="Strange", message="?").retriable is retriable


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({"error": {"code": "ResourceGroupNotFound", "message": "m"}}, ("ResourceGroupNotFound", "m"), id="Resource Manager"),
        pytest.param({"code": "BadRequest", "details": None, "message": "m", "subcode": ""}, ("BadRequest", "m"), id="AKS"),
        pytest.param(
            {"error": "invalid_client", "error_description": "AADSTS7000215: m"}, ("invalid_client", "AADSTS7000215: m"), id="sign-in"
        ),
        pytest.param({}, ("", ""), id="an empty object"),
        pytest.param({"error": [{"code": "Q"}]}, ("", ""), id="a list"),
        pytest.param(
            {"error": {"code": "Q", "message": "m", "details": [{"code": "D", "message": "d", "details": [{"message": "e"}]}, "?", {}]}},
            ("Q", "m; d; e"),
            id="details",
        ),
        pytest.param({"code": "Q", "message": "of m", "details": [{"message": "m"}]}, ("Q", "of m"), id="details that say the same"),
    ],
)
def test_code_and_message_are_found_in_each_of_azures_shapes(body: dict[str, object], expected: tuple[str, str]) -> None:
    assert code_and_message(body) == expected


def test_unknown_api_version_is_not_blamed_on_the_region() -> None:
    text = (
        "No registered resource provider found for location 'eastus' and API version '2016-03-30' for type 'managedClusters'. "
        "The supported api-versions are '2026-08-01'. The supported locations are 'westus, eastus, westeurope'."
    )
    for shown in (text, text.partition(" The supported locations")[0], text.partition(" The supported api")[0]):
        known = recognize(shown)
        assert known is not None
        assert (known.code, "2016-03-30" in known.cause, "api_version" in known.remedy) == ("ApiVersionNotSupported", True, True)
    elsewhere = recognize(text.replace("'eastus'", "'us'"))
    assert elsewhere is not None
    assert "region 'us'" in elsewhere.cause
