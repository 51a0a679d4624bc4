# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Which of the subscriptions that Azure lists are searched for clusters."""

from __future__ import annotations

from typing import Iterator, Sequence

from ..._errors import InvalidInputError
from ..shared.mappings import Json

# Azure still lists a subscription that has been deleted, for some months, but answers no request about what was in it.
_GONE = "deleted"


def chosen_subscriptions(listed: Sequence[Json], wanted: Sequence[str]) -> list[Json]:
    """The listed subscriptions that are wanted, by name or ID, all of them if none is named. Raises InvalidInputError.

    Args:
        listed: The subscriptions that the caller sees.
        wanted: Names and IDs.
    """
    if not wanted:
        return [each for each in listed if str(each.get("state") or "").lower() != _GONE]
    names = {name.lower() for name in wanted}
    unknown = sorted(names.difference(*map(_names, listed)))
    if unknown:
        raise InvalidInputError(
            f"The identity that signed in does not see the subscription '{unknown[0]}'.",
            code="SubscriptionNotVisible",
            cause="The subscription has another name or ID, or belongs to another tenant, or the identity has no role in it.",
            remedy="Correct subscriptions, or assign the role Reader; 'az account list --output table' shows names and IDs.",
        )
    return [each for each in listed if not names.isdisjoint(_names(each))]


def _names(subscription: Json) -> Iterator[str]:
    yield subscription["subscriptionId"].lower()
    if subscription.get("displayName"):
        yield subscription["displayName"].lower()
