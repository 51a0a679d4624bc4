# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any, Mapping

from .._azure.ids import FEATURES_API, RESOURCES_API, feature_id, provider_id
from .._azure.operations import poll_until
from .._azure.session import Answer, Session
from .._azure.settings import azure_settings
from .._clock import Deadline
from .._errors import WaitTimeoutError
from .._gpu.azure_progress import resource_status
from .._gpu.change import Change, narrowed
from .arguments import AZURE_LIBRARIES, azure_arguments, wait_arguments
from .operation import Operation, Outcome, Run

_REGISTERED = "Registered"
_UNDER_WAY = ("Registering", "Pending")


@dataclass(frozen=True)
class FeatureRequest:
    """Which provider and which of its preview features are to be registered. wait_timeout is in seconds."""

    provider: str
    features: tuple[str, ...]
    refresh_provider: bool
    wait: bool
    wait_timeout: float


@dataclass(frozen=True)
class Registrations:
    """States as Azure names them: of the provider, and of each feature."""

    provider: str
    features: Mapping[str, str]

    def facts(self) -> dict[str, Any]:
        """The form in which the module returns and diffs it."""
        return {"provider_state": self.provider, "features": dict(self.features)}


@dataclass(frozen=True)
class RegistrationPlan:
    """Which features to register, and whether the provider needs to be registered or refreshed after them."""

    register: tuple[str, ...]
    refresh: bool


def plan_registration(request: FeatureRequest, live: Registrations) -> RegistrationPlan:
    """A feature takes effect only when the provider is registered again after it, so whatever wasn't Registered calls for that.

    Without waiting, the refresh is left to a later run: before the feature is Registered it would have no effect.
    """
    unready = [feature for feature in request.features if live.features[feature] != _REGISTERED]
    register = tuple(feature for feature in unready if live.features[feature] not in _UNDER_WAY)
    if request.wait:
        return RegistrationPlan(register, refresh=bool(unready) or live.provider != _REGISTERED or request.refresh_provider)
    return RegistrationPlan(register, refresh=not unready and (live.provider not in (_REGISTERED, *_UNDER_WAY) or request.refresh_provider))


def ensure_registered(request: FeatureRequest, session: Session, run: Run) -> Outcome:
    """Register what isn't, wait for it, then refresh the provider. Raises AzureError, WaitTimeoutError."""
    live = _read(request, session)
    plan = plan_registration(request, live)
    change = _change(request, live, plan)
    if run.check_mode or not change.changed:
        return _outcome(request, live, change)
    deadline = run.deadline(request.wait_timeout)
    for feature in plan.register:
        path = f"{feature_id(session.subscription_id, request.provider, feature)}/register"
        session.send("POST", path, api=FEATURES_API, what=f"Registering the feature {feature}")
    if request.wait:
        for feature in request.features:
            _wait_for_feature(request, feature, session, deadline)
    if plan.refresh:
        _refresh_provider(request, session, deadline)
    return _outcome(request, _read(request, session), change)


def _outcome(request: FeatureRequest, live: Registrations, change: Change) -> Outcome:
    """The states that were read, with a warning where nobody waits for what only a later run can complete."""
    under_way = [] if request.wait else [feature for feature, state in live.features.items() if state in _UNDER_WAY]
    warning = (
        f"Registering {', '.join(under_way)} is under way. It takes effect when the provider is registered again after it: "
        "run the task again with wait, or with refresh_provider when it is Registered."
    )
    return Outcome({"provider": request.provider, **live.facts()}, (change,), warnings=(warning,) if under_way else ())


def _change(request: FeatureRequest, live: Registrations, plan: RegistrationPlan) -> Change:
    """What the plan leads to: with waiting to the end of every registration, else to their beginning."""
    if request.wait:
        after = Registrations(_REGISTERED, dict.fromkeys(request.features, _REGISTERED))
    else:
        provider = "Registering" if plan.refresh and live.provider != _REGISTERED else live.provider
        after = Registrations(provider, {**live.features, **dict.fromkeys(plan.register, "Registering")})
    before = {**live.facts(), "provider_refreshed": not plan.refresh}
    return narrowed(f"provider {request.provider}", before, {**after.facts(), "provider_refreshed": True})


def _read(request: FeatureRequest, session: Session) -> Registrations:
    provider = session.send(
        "GET", provider_id(session.subscription_id, request.provider), api=RESOURCES_API, what=f"Reading the provider {request.provider}"
    )
    return Registrations(
        provider=_provider_state(provider),
        features={feature: _read_feature(request.provider, feature, session) for feature in request.features},
    )


def _read_feature(provider: str, feature: str, session: Session) -> str:
    path = feature_id(session.subscription_id, provider, feature)
    return _feature_state(session.send("GET", path, api=FEATURES_API, what=f"Reading the feature {feature}"))


def _feature_state(answer: Answer) -> str:
    return str(answer.body["properties"]["state"])


def _provider_state(answer: Answer) -> str:
    return str(answer.body["registrationState"])


def _wait_for_feature(request: FeatureRequest, feature: str, session: Session, deadline: Deadline) -> None:
    path = feature_id(session.subscription_id, request.provider, feature)
    what = f"Registering the feature {feature}"
    try:
        poll_until(
            session,
            path,
            lambda answer: _feature_state(answer) == _REGISTERED,
            api=FEATURES_API,
            what=what,
            deadline=deadline,
            status=lambda answer: resource_status(path, _feature_state(answer)),
        )
    except WaitTimeoutError as error:
        error.cause = "Registration takes minutes, sometimes hours; a feature that stays Pending waits for Microsoft's approval."
        error.remedy = "Run the task again later: it goes on from where Azure is. A feature of a retired preview may never register."
        raise


def _refresh_provider(request: FeatureRequest, session: Session, deadline: Deadline) -> None:
    path = provider_id(session.subscription_id, request.provider)
    what = f"Registering the provider {request.provider}"
    session.send("POST", f"{path}/register", api=RESOURCES_API, what=what)
    if request.wait:
        poll_until(
            session,
            path,
            lambda answer: _provider_state(answer) == _REGISTERED,
            api=RESOURCES_API,
            what=what,
            deadline=deadline,
            status=lambda answer: resource_status(path, _provider_state(answer)),
        )


def _arguments() -> dict[str, Any]:
    return {
        **azure_arguments(),
        **wait_arguments(timeout=1800),
        "provider": {"type": "str", "default": "Microsoft.ContainerService"},
        "features": {"type": "list", "elements": "str", "default": []},
        "refresh_provider": {"type": "bool", "default": False},
    }


def _run(params: Mapping[str, Any], run: Run) -> Outcome:
    request = FeatureRequest(
        provider=params["provider"],
        features=tuple(params["features"]),
        refresh_provider=params["refresh_provider"],
        wait=params["wait"],
        wait_timeout=params["wait_timeout"],
    )
    with closing(Session(azure_settings(params, run.environ), run.clock)) as session:
        return ensure_registered(request, session, run)


OPERATION = Operation(_arguments(), _run, AZURE_LIBRARIES)
