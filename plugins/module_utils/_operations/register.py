# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The operation behind aks_feature: registers a resource provider and its preview features, and waits for them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any, Callable, Mapping

from .._azure.answers import Answer
from .._azure.ids import FEATURES_API, RESOURCES_API, feature_id, provider_id
from .._azure.polling import poll_until
from .._azure.session import Session
from .._azure.sign_in.settings import azure_settings
from .._azure.warm_up import warm_up
from .._clock import Deadline
from .._core.arm.progress import resource_status
from .._core.arm.states import named_state
from .._core.register import ABSENT, PRESENT, RegistrationPlan, Registrations, TargetState, plan_registration, why_not_there
from .._core.shared.change import Change, narrowed
from .._core.shared.names import FEATURE, PROVIDER, checked_name
from .._errors import InvalidInputError, WaitTimeoutError
from .arguments import AZURE_LIBRARIES, azure_arguments, wait_arguments, wait_timeout_of
from .operation import Operation, Outcome, Run


@dataclass(frozen=True)
class FeatureRequest:
    """The provider to register, and its preview features to register or unregister. wait_timeout is in seconds."""

    provider: str
    features: tuple[str, ...]
    target: TargetState
    refresh_provider: bool
    wait: bool
    wait_timeout: float


def ensure_registrations(request: FeatureRequest, session: Session, run: Run) -> Outcome:
    """Register (or unregister) the features, wait for them, then refresh the provider. Raises AzureError, WaitTimeoutError."""
    live = _read(request, session)
    plan = plan_registration(request.target, live, refresh_provider=request.refresh_provider, wait=request.wait)
    change = _change(request, live, plan)
    if run.check_mode or not change.changed:
        return _outcome(request, live, change)
    deadline = session.deadline
    features = dict(live.features)
    provider = live.provider
    for feature in plan.ask:
        features[feature] = _ask(request, feature, live, session, deadline)
    if request.wait:
        for feature, state in features.items():
            if state not in request.target.reached:
                features[feature] = _wait(request, feature, lambda state: state in request.target.reached, session, deadline)
    if plan.refresh:
        provider = _refresh_provider(request, session, deadline)
    return _outcome(request, Registrations(provider, features), change)


def _outcome(request: FeatureRequest, live: Registrations, change: Change) -> Outcome:
    """The states that were read, with a warning if only a later run can complete what is under way."""
    target = request.target
    under_way = [] if request.wait else [name for name, state in live.features.items() if state in (*target.coming, *target.going)]
    warning = (
        f"{target.doing} {', '.join(under_way)} is under way. It takes effect when the provider is registered again after that: "
        f"run the task again with wait, or with refresh_provider once the state is {target.final}."
    )
    return Outcome({"provider": request.provider, **live.facts()}, (change,), warnings=(warning,) if under_way else ())


def _change(request: FeatureRequest, live: Registrations, plan: RegistrationPlan) -> Change:
    before = {**live.facts(), "provider_refreshed": not plan.refresh}
    return narrowed(f"provider {request.provider}", before, {**plan.after.facts(), "provider_refreshed": True})


def _read(request: FeatureRequest, session: Session) -> Registrations:
    path = provider_id(session.subscription_id, request.provider)
    provider = _provider_state(session.send("GET", path, api=RESOURCES_API, what=f"Reading the provider {request.provider}"))
    return Registrations(provider, {feature: _read_feature(request.provider, feature, session) for feature in request.features})


def _read_feature(provider: str, feature: str, session: Session) -> str:
    path = feature_id(session.subscription_id, provider, feature)
    return _feature_state(session.send("GET", path, api=FEATURES_API, what=f"Reading the feature {feature}"))


def _feature_state(answer: Answer) -> str:
    return str(named_state(answer.body["properties"]["state"]))


def _provider_state(answer: Answer) -> str:
    return str(named_state(answer.body["registrationState"]))


def _ask(request: FeatureRequest, feature: str, live: Registrations, session: Session, deadline: Deadline) -> str:
    """Returns the feature's state as Azure reports it then."""
    target = request.target
    if live.features[feature] in target.going:
        _wait(request, feature, lambda state: state not in target.going, session, deadline)
    path = f"{feature_id(session.subscription_id, request.provider, feature)}/{target.verb}"
    return _feature_state(session.send("POST", path, api=FEATURES_API, what=f"{target.doing} the feature {feature}"))


def _wait(request: FeatureRequest, feature: str, ended: Callable[[str], bool], session: Session, deadline: Deadline) -> str:
    """Returns the feature's state in the end."""
    path = feature_id(session.subscription_id, request.provider, feature)
    what = f"{request.target.doing} the feature {feature}"
    seen: list[str] = []

    def has_ended(answer: Answer) -> bool:
        seen.append(_feature_state(answer))
        return ended(seen[-1])

    try:
        poll_until(
            session,
            path,
            has_ended,
            api=FEATURES_API,
            what=what,
            deadline=deadline,
            status=lambda answer: resource_status(path, _feature_state(answer)),
        )
    except WaitTimeoutError as error:
        explanation = why_not_there(request.target, seen[-1])
        message = f"{what}: still {seen[-1]} after {deadline.timeout:.0f} s."
        raise WaitTimeoutError(message, **explanation.error_fields()) from error
    return seen[-1]


def _refresh_provider(request: FeatureRequest, session: Session, deadline: Deadline) -> str:
    path = provider_id(session.subscription_id, request.provider)
    what = f"Registering the provider {request.provider}"
    answer = session.send("POST", f"{path}/register", api=RESOURCES_API, what=what)
    if request.wait and _provider_state(answer) != "Registered":
        answer = poll_until(
            session,
            path,
            lambda answer: _provider_state(answer) == "Registered",
            api=RESOURCES_API,
            what=what,
            deadline=deadline,
            status=lambda answer: resource_status(path, _provider_state(answer)),
        )
    return _provider_state(answer)


def _arguments() -> dict[str, Any]:
    return {
        **azure_arguments(),
        **wait_arguments(timeout=1800),
        "provider": {"type": "str", "default": "Microsoft.ContainerService"},
        "features": {"type": "list", "elements": "str", "default": []},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "refresh_provider": {"type": "bool", "default": False},
    }


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    absent = params["state"] == "absent"
    if absent and not params["features"]:
        raise InvalidInputError(
            "state is absent, and features is not set.",
            code="MissingFeatures",
            cause="The task never unregisters a provider, because everything that it manages in the subscription needs it.",
            remedy="Set features to those to unregister.",
        )
    request = FeatureRequest(
        provider=checked_name("provider", params["provider"], PROVIDER),
        features=tuple(checked_name("features", feature, FEATURE) for feature in dict.fromkeys(params["features"])),
        target=ABSENT if absent else PRESENT,
        refresh_provider=params["refresh_provider"],
        wait=params["wait"],
        wait_timeout=wait_timeout_of(params),
    )
    with closing(Session(azure_settings(params, run.environ), run.clock, run.deadline(request.wait_timeout), run.writes)) as session:
        return ensure_registrations(request, session, run)


OPERATION = Operation(_arguments(), _run, AZURE_LIBRARIES, warm_up=warm_up)
