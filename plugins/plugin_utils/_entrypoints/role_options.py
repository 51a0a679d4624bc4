# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is PRIVATE to the collection: it may change or go in any release.

"""The options of the collection's roles, by their argument specs, and whether values fit them, as Ansible will check them.

Ansible's own check of a role comes after the roles that it depends on, and knows neither cause nor remedy. So gpu_variables, which runs in
the role gpu, checks the same specs first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ...module_utils._core.shared.mappings import Json
from ...module_utils._entrypoints.outcome import UNFIT_VALUES
from .parameters import plain

_ROLES = Path(__file__).parents[3] / "roles"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBERS = ("int", "float")
_CHECKED = ("type", "elements", "choices")


@cache
def role_options() -> Mapping[str, Json]:
    """Variable → its option in the argument spec of a role, with the name of the role."""
    found: dict[str, Json] = {}
    for file in sorted(_ROLES.glob("*/meta/argument_specs.yml")):
        for entry_point in yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)["argument_specs"].values():  # noqa: S506  # safe
            for name, option in entry_point.get("options", {}).items():
                found.setdefault(name, {"role": file.parts[-3], **option})
    return found


def checked_options(variables: Mapping[str, Any], templated: Callable[[Iterable[str]], Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the operation of gpu_variables takes as options: the variables that are set, apart from those without a value yet.

    Args:
        variables: All variables of the task, as they are before they are templated.
        templated: Returns the values of variables.
    """
    options = {name: option for name, option in role_options().items() if name in variables}
    values = templated(options)
    return [_told(name, options[name], value, _named(variables[name], options)) for name, value in values.items() if value is not None]


def _named(raw: Any, options: Iterable[str]) -> list[str]:
    """The variables that the template of another one names."""
    words = set(re.findall(r"\w+", raw)) if isinstance(raw, str) and "{{" in raw else set()
    return sorted(words.intersection(options))


def _told(name: str, option: Json, value: Any, names: list[str]) -> dict[str, Any]:
    unfit = [*_unfit(option, plain({"value": value})["value"], ())]
    number = None if unfit or option["type"] not in _NUMBERS else _converted(option, value)
    return {"name": name, "role": option["role"], "names": names, "number": number, "unfit": unfit}


def _unfit(option: Json, value: Any, at: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The parts of a value that do not fit: it, or options of a dictionary."""
    told = {"at": list(at), "value": value, **{name: option[name] for name in _CHECKED if name in option}}
    known = option.get("options")
    if not _fits(option, value):
        yield told
    elif known and isinstance(value, dict):
        for key, each in value.items():
            if key not in known:
                yield {**told, "value": key, "keys": [*known]}
            elif each is not None:
                yield from _unfit(known[key], each, (*at, key))


def _fits(option: Json, value: Any) -> bool:
    if isinstance(value, bool) and option["type"] in _NUMBERS:
        return False
    try:
        _converted(option, value)
    except UNFIT_VALUES:
        return False
    return True


def _converted(option: Json, value: Any) -> Any:
    """The value in the type of its option. Raises ValueError if Ansible does not convert it."""
    checked = ArgumentSpecValidator({"value": {name: option[name] for name in _CHECKED if name in option}}).validate({"value": value})
    if checked.error_messages:
        raise ValueError(checked.error_messages[0])
    return checked.validated_parameters["value"]
