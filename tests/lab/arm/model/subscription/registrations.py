# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tests.lab.arm.errors.aks import PreviewFeatureNotRegisteredError
from tests.lab.arm.errors.resource import FeatureNotFoundError, InvalidResourceNamespaceError, MissingSubscriptionRegistrationError
from tests.lab.arm.model.operations.timeline import FEATURE_REGISTER, PROVIDER_REGISTER, Timeline
from tests.lab.arm.model.resources import NAMESPACE
from tests.lab.clock import LabClock
from tests.lab.eras import Era

REGISTERED = "Registered"
NOT_REGISTERED = "NotRegistered"
_COMING = "Registering"
_GOING = "Unregistering"
_GONE = "Unregistered"

_NAMESPACES = (
    NAMESPACE,
    "Microsoft.Authorization",
    "Microsoft.Compute",
    "Microsoft.Features",
    "Microsoft.Insights",
    "Microsoft.ManagedIdentity",
    "Microsoft.Network",
    "Microsoft.OperationalInsights",
    "Microsoft.OperationsManagement",
    "Microsoft.Resources",
    "Microsoft.Storage",
)


@dataclass
class Registration:
    """A preview feature or a provider of the subscription: its state and since when; for a provider also its last register call."""

    name: str
    state: str
    since: datetime
    refreshed: datetime | None = None


class Registrations:
    """The subscription's preview features (`namespace/feature`) and resource providers."""

    def __init__(self, *, era: Era, clock: LabClock, timeline: Timeline) -> None:
        self._clock = clock
        self._timeline = timeline
        now = clock.now()
        self._features = {
            name.lower(): Registration(name, NOT_REGISTERED, now) for name in (f"{NAMESPACE}/{f}" for f in sorted(era.features))
        }
        self._providers = {name.lower(): Registration(name, REGISTERED, now) for name in _NAMESPACES}

    def features(self, namespace: str | None = None) -> list[Registration]:
        """The features of one namespace, or all."""
        everything = self._features.values()
        return [f for f in everything if namespace is None or f.name.lower().startswith(f"{namespace.lower()}/")]

    def providers(self) -> list[Registration]:
        """Every provider that the lab knows."""
        return list(self._providers.values())

    def feature(self, namespace: str, name: str) -> Registration:
        """One feature, or 404."""
        found = self._features.get(f"{namespace}/{name}".lower())
        if found is None:
            raise FeatureNotFoundError(name)
        return found

    def provider(self, namespace: str) -> Registration:
        """One provider, or 404."""
        found = self._providers.get(namespace.lower())
        if found is None:
            raise InvalidResourceNamespaceError(namespace)
        return found

    def register_feature(self, namespace: str, name: str) -> Registration:
        """Start the registration unless it runs or is done."""
        return self._begin(self.feature(namespace, name), _COMING, REGISTERED, FEATURE_REGISTER)

    def unregister_feature(self, namespace: str, name: str) -> Registration:
        """Start taking the registration back."""
        return self._begin(self.feature(namespace, name), _GOING, _GONE, FEATURE_REGISTER)

    def register_provider(self, namespace: str) -> Registration:
        """Register the provider; for a registered one this activates the features registered since the last call."""
        provider = self.provider(namespace)
        provider.refreshed = self._clock.now()
        return self._begin(provider, _COMING, REGISTERED, PROVIDER_REGISTER)

    def unregister_provider(self, namespace: str) -> Registration:
        """Start taking the provider's registration back."""
        return self._begin(self.provider(namespace), _GOING, _GONE, PROVIDER_REGISTER)

    def set_feature(self, name: str, state: str) -> None:
        """The lab's control API: put `namespace/feature` into a state, known or new."""
        feature = self._features.setdefault(name.lower(), Registration(name, state, self._clock.now()))
        self._enter(feature, state)

    def set_provider(self, namespace: str, state: str) -> None:
        """The lab's control API: put a provider into a state."""
        self._enter(self.provider(namespace), state)

    def require_provider(self, namespace: str) -> None:
        """Raise 409 MissingSubscriptionRegistration unless the provider is registered."""
        if self.provider(namespace).state != REGISTERED:
            raise MissingSubscriptionRegistrationError(namespace)

    def require_feature(self, namespace: str, name: str) -> None:
        """Raise 400 unless the feature is registered and the provider was registered again since."""
        feature = self._features.get(f"{namespace}/{name}".lower())
        refreshed = self.provider(namespace).refreshed
        if feature is None or feature.state != REGISTERED or refreshed is None or refreshed < feature.since:
            raise PreviewFeatureNotRegisteredError(namespace=namespace, feature=name)

    def _begin(self, entry: Registration, passing: str, final: str, seconds: float) -> Registration:
        if entry.state in {passing, final} or (final == _GONE and entry.state == NOT_REGISTERED):
            return entry
        self._enter(entry, passing)
        began = entry.since

        def finish(moment: datetime) -> None:
            if entry.state == passing and entry.since == began:
                entry.state, entry.since = final, moment

        self._timeline.after(seconds, finish)
        return entry

    def _enter(self, entry: Registration, state: str) -> None:
        entry.state, entry.since = state, self._clock.now()
