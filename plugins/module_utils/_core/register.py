# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Which preview features and providers to register, in which order, and why one has not been registered in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from .shared.explanation import Explanation

_REGISTERED = "Registered"


@dataclass(frozen=True)
class TargetState:
    """The target state of a preview feature, in Azure's names (Microsoft.Features 2021-07-01).

    reached: the target states. coming: states on the way there. going: a state on the way to another target, which must end first.
    """

    verb: str
    doing: str
    final: str
    reached: tuple[str, ...]
    coming: tuple[str, ...]
    going: tuple[str, ...] = ()

    @property
    def first(self) -> str:
        """The state right after the request."""
        return self.coming[0]


PRESENT = TargetState("register", "Registering", _REGISTERED, (_REGISTERED,), ("Registering", "Pending"), going=("Unregistering",))
ABSENT = TargetState("unregister", "Unregistering", "Unregistered", ("Unregistered", "NotRegistered"), ("Unregistering",))


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
    """Which features to ask Azure for (or to give up), whether to register the provider after them, and what is so then."""

    ask: tuple[str, ...]
    refresh: bool
    after: Registrations


def plan_registration(target: TargetState, live: Registrations, *, refresh_provider: bool, wait: bool) -> RegistrationPlan:
    """A feature takes effect only when the provider is registered again after it, so whatever wasn't there yet calls for that.

    Without waiting, the refresh is left to a later run: before the feature has got there it would have no effect. And what is still on its
    way elsewhere is left alone: Azure has to come to an end with that first.
    """
    unready = [feature for feature, state in live.features.items() if state not in target.reached]
    passing = target.coming if wait else (*target.coming, *target.going)
    ask = tuple(feature for feature in unready if live.features[feature] not in passing)
    refresh = _refresh(target, live, unready=bool(unready), refresh_provider=refresh_provider, wait=wait)
    return RegistrationPlan(ask, refresh, _after(target, live, unready if wait else ask, refresh=refresh, wait=wait))


def _refresh(target: TargetState, live: Registrations, *, unready: bool, refresh_provider: bool, wait: bool) -> bool:
    """Whether to register the provider: features need it registered, and a registered provider must learn of a removed feature."""
    if unready and not wait:
        return False
    if refresh_provider:
        return True
    if target is ABSENT:
        return unready and live.provider == _REGISTERED
    if wait:
        return unready or live.provider != _REGISTERED
    return live.provider not in (_REGISTERED, *PRESENT.coming)


def _after(target: TargetState, live: Registrations, moved: Sequence[str], *, refresh: bool, wait: bool) -> Registrations:
    """What the plan leads to: with waiting to the end of every registration, else to their beginning."""
    features = {**live.features, **dict.fromkeys(moved, target.final if wait else target.first)}
    if not refresh or live.provider == _REGISTERED:
        return Registrations(live.provider, features)
    return Registrations(_REGISTERED if wait else PRESENT.first, features)


def why_not_there(target: TargetState, state: str) -> Explanation:
    """Why a feature has not reached its target state in time, by the state that it is in."""
    if target is ABSENT:
        return Explanation(
            "Timeout",
            cause="Azure is still unregistering the feature.",
            remedy="Run the task again later: it continues from the current state.",
            retriable=True,
        )
    if state == "Pending":
        return Explanation(
            "ApprovalPending",
            cause="The feature needs Microsoft's approval, which is not granted to every subscription and never for a retired preview.",
            remedy="Request approval where the preview is announced or with a support ticket, then run the task again.",
            retriable=True,
        )
    if state in target.coming:
        return Explanation(
            "Timeout",
            cause="A registration takes minutes and sometimes hours.",
            remedy="Run the task again later, which continues from the current state, or raise wait_timeout.",
            retriable=True,
        )
    return Explanation(
        "RegistrationEnded",
        cause=f"Azure ended the registration, and the feature is {state} again: the registration was rejected, or a user undid it.",
        remedy="Check the feature with 'az feature show', and run the task again to register it again.",
        retriable=True,
    )
