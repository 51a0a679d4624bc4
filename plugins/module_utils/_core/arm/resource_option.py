# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The row type of the option tables: an option's name, its REST property, how it is compared and returned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from ..shared.strings import as_texts

# How Azure's echo of a string, or of a list's strings, may differ from the request: not at all, in case, or in the spelling of a
# range of addresses, of a taint or of a time. The order of a list and repeats in it count only in a sequence, the case of a choice never.
EXACT, CASELESS, ADDRESSES, TAINTS, DURATION, SEQUENCE = "exact", "caseless", "addresses", "taints", "duration", "sequence"


@dataclass(frozen=True)
class ResourceOption:
    """One option of an Azure resource: its name for the user, and where and how Azure keeps it.

    field: the REST property, dotted, below what its table says.
    type, elements and choices: as in an Ansible argument spec.
    fixed: whether Azure accepts it, and what is in it, only when the resource is created.
    default: its value if Azure's answer leaves it out.
    compare: how Azure's echo may differ.
    texts: whether it is a dict whose values are strings.
    options: the members of a dict, their fields relative to this one.
    preview: whether only preview versions of the API have it, so that an answer without it says nothing.
    """

    name: str
    field: str
    type: str = "str"
    elements: str | None = None
    choices: tuple[str, ...] = ()
    fixed: bool = False
    compare: str = EXACT
    default: Any = None
    texts: bool = False
    options: tuple[ResourceOption, ...] = ()
    preview: bool = False

    @property
    def left_out(self) -> Any:
        """What an answer without it says."""
        return None if self.preview else self.default

    @property
    def path(self) -> tuple[str, ...]:
        """The field, in its parts."""
        return tuple(self.field.split("."))


def by_path(
    options: Sequence[ResourceOption], name: str = "", above: tuple[str, ...] = ()
) -> dict[tuple[str, ...], tuple[str, ResourceOption]]:
    """Every option with its full name, by the path of its REST property."""
    found: dict[tuple[str, ...], tuple[str, ResourceOption]] = {}
    for option in options:
        path = (*above, *option.path)
        full_name = f"{name}{option.name}"
        found[path] = (full_name, option)
        found.update(by_path(option.options, f"{full_name}.", path))
    return found


def named_properties(params: Mapping[str, Any], options: Sequence[ResourceOption]) -> dict[str, Any]:
    """The REST properties that a task's parameters set; None is a parameter that wasn't set."""
    properties: dict[str, Any] = {}
    for option in options:
        value = params.get(option.name)
        if value is None:
            continue
        if option.options:
            value = named_properties(value, option.options)
        elif option.texts:
            value = _texts(option.name, value)
        elif option.compare == TAINTS:
            value = [text for text in value if text]  # the Azure CLI writes an empty taint for none
        *parents, last = option.path
        place = properties
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return properties


def _texts(option: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Labels and tags as strings; None stays, because it removes one."""
    given = {name: value for name, value in values.items() if value is not None}
    return {**{str(name): None for name in values}, **as_texts(option, given)}


def facts_of(properties: Mapping[str, Any], options: Sequence[ResourceOption]) -> dict[str, Any]:
    """A live resource's properties under the options' names, with the default of what Azure leaves out."""
    return {option.name: _fact(properties, option) for option in options}


def _fact(properties: Mapping[str, Any], option: ResourceOption) -> Any:
    value = inside(properties, option.field)
    if option.options:
        members = facts_of(value, option.options) if value else {}
        return {name: member for name, member in members.items() if member is not None}
    if value is None:
        value = option.left_out
    if isinstance(value, (list, tuple)):
        return [each for each in value if each != ""]  # some old answers have an empty taint instead of none
    return dict(value) if isinstance(value, dict) else value


def inside(resource: Mapping[str, Any], dotted: str) -> Any:
    """A field of a resource, None if it, or what it is in, doesn't exist."""
    value: Any = resource
    for part in dotted.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def shown(value: Any) -> str:
    """A value as messages show it."""
    if value in (None, "", [], ()):
        return "not set"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
