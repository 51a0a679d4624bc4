# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The names of the hosts: that of the cluster, with its resource group and its subscription if another cluster has the same."""

from __future__ import annotations

from collections import Counter
from typing import Any, Callable, Iterator, Mapping, Sequence

Facts = Mapping[str, Any]

_FORMS: Sequence[Callable[[Facts], str]] = (
    lambda facts: str(facts["name"]),
    lambda facts: f"{facts['name']}.{facts['resource_group']}",
    lambda facts: f"{facts['name']}.{facts['resource_group']}.{facts['subscription_id']}",
)


def named_hosts(clusters: Sequence[Facts]) -> Iterator[tuple[str, Facts]]:
    """Each cluster with the name of its host: the shortest form that no other cluster has. Azure ignores the case of names.

    All clusters that share a name get the longer form, so that no name depends on the order in which Azure lists them.

    Args:
        clusters: The facts of all clusters.
    """
    uses = Counter(form(facts).lower() for facts in clusters for form in _FORMS)
    for facts in clusters:
        forms = [form(facts) for form in _FORMS]
        yield next((form for form in forms if uses[form.lower()] == 1), forms[-1]), facts
