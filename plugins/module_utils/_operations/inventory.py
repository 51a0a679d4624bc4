# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The clusters of one or many subscriptions, read from lists alone; the inventory plugin makes hosts of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Mapping, Sequence

from .._azure.fleet import clusters, subscriptions
from .._azure.limits import QUICK_TASK_SECONDS
from .._azure.session import Session
from .._azure.sign_in.settings import azure_settings
from .._core.inventory.cluster_host import cluster_facts
from .._core.inventory.subscriptions import chosen_subscriptions
from .._core.shared.mappings import Json
from .._errors import AzureError
from .arguments import AZURE_LIBRARIES, azure_arguments
from .operation import Operation, Outcome, Run

# How many subscriptions are read at the same time. Each of these connections signs in once.
_PARALLEL = 4


@dataclass(frozen=True)
class _Listed:
    """The facts of a subscription's clusters, or why Azure does not tell them."""

    subscription: Json
    clusters: Sequence[Mapping[str, Any]] = ()
    refusal: AzureError | None = None


def list_clusters(params: Mapping[str, Any], run: Run) -> Outcome:
    """The facts of all clusters, and a warning for each subscription that cannot be read. Raises GpuopsError."""
    settings, deadline = azure_settings(params, run.environ, needs_subscription=False), run.deadline(QUICK_TASK_SECONDS)
    wanted = [*(params["subscriptions"] or ()), *filter(None, [params["subscription_id"]])]
    with ExitStack() as sessions:

        def signed_in() -> Session:
            return sessions.enter_context(closing(Session(settings, run.clock, deadline)))

        first = signed_in()
        chosen = chosen_subscriptions(list(subscriptions(first)), wanted)
        others = [signed_in() for _unused in range(min(_PARALLEL, len(chosen)) - 1)]
        listed = _read_all(chosen, [first, *others])
    return _outcome(listed)


def _read_all(chosen: Sequence[Json], sessions: Sequence[Session]) -> list[_Listed]:
    """What each subscription has, in the order of the subscriptions. A session sends one request at a time."""
    idle: SimpleQueue[Session] = SimpleQueue()
    for session in sessions:
        idle.put(session)

    def read(subscription: Json) -> _Listed:
        session = idle.get()
        try:
            return _read(session, subscription)
        finally:
            idle.put(session)

    with ThreadPoolExecutor(max_workers=len(sessions)) as workers:
        return list(workers.map(read, chosen))


def _read(session: Session, subscription: Json) -> _Listed:
    try:
        found = list(clusters(session, subscription["subscriptionId"]))
    except AzureError as error:
        return _Listed(subscription, refusal=error)
    return _Listed(subscription, [cluster_facts(cluster, subscription) for cluster in found])


def _outcome(listed: Sequence[_Listed]) -> Outcome:
    """All clusters, whatever single subscriptions refuse. Raises AzureError if no subscription can be read."""
    refused = {each.subscription["subscriptionId"]: each.refusal for each in listed if each.refusal}
    if refused and len(refused) == len(listed):
        raise next(iter(refused.values()))
    warnings = tuple(
        f"The inventory lacks the clusters of subscription {subscription}. {refusal.message} {refusal.cause} {refusal.remedy}".strip()
        for subscription, refusal in refused.items()
    )
    return Outcome({"clusters": [facts for each in listed for facts in each.clusters], "complete": not refused}, warnings=warnings)


OPERATION = Operation(
    arguments={**azure_arguments(), "subscriptions": {"type": "list", "elements": "str"}}, run=list_clusters, libraries=AZURE_LIBRARIES
)
