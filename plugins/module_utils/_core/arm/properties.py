# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Compares and merges a resource's properties: what differs from what was asked for, and the body with the changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Iterator, Mapping, Optional, Tuple

from .normal_forms import normal_form
from .resource_option import ResourceOption

Lookup = Callable[[Tuple[str, ...]], Optional[ResourceOption]]  # the option that a path belongs to: an agent pool's, a cluster's


@dataclass(frozen=True)
class Difference:
    """One REST property of a resource that differs from what is wanted; path is below the resource's properties."""

    path: tuple[str, ...]
    live: Any
    wanted: Any


def differences(live: Mapping[str, Any], named: Mapping[str, Any], lookup: Lookup) -> list[Difference]:
    """The named properties that differ in Azure's answer; members of an object that weren't named don't count."""
    found = (Difference(path, value_at(live, path, lookup), wanted) for path, wanted in leaves(named))
    return [each for each in found if not same_value(each.path, each.live, each.wanted, lookup)]


def leaves(named: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every named value with its path; an object without members names nothing."""
    for name, value in named.items():
        path = (*above, name)
        if isinstance(value, dict):
            yield from leaves(value, path)
        else:
            yield path, value


def value_at(properties: Mapping[str, Any], path: tuple[str, ...], lookup: Lookup) -> Any:
    """A live property, or its default if Azure leaves it out or answers null."""
    value: Any = properties
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    option = lookup(path)
    return option.default if value is None and option is not None else value


def same_value(path: tuple[str, ...], live: Any, wanted: Any, lookup: Lookup) -> bool:
    """Whether Azure's echo of a property means what was asked for, in any spelling."""
    option = lookup(path)
    return bool(normal_form(live, option) == normal_form(wanted, option))


def spelled_as_there(named: Mapping[str, Any], there: Mapping[str, Any]) -> dict[str, Any]:
    """Named tags as the resource spells them: Azure ignores the case of a tag's name and keeps its first spelling."""
    known = {name.lower(): name for name in there}
    return {known.get(name.lower(), name): value for name, value in named.items()}


def merged(base: Any, patch: Any) -> Any:
    """The base with the patch applied, by RFC 7396: objects are merged, null removes a member, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(base) if isinstance(base, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
