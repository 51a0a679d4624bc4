# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What a request body may say, read from the models of the installed azure-mgmt-containerservice: names and JSON types, nothing copied.

from __future__ import annotations

import datetime as dt
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import MappingProxyType, UnionType
from typing import Any

from azure.mgmt.containerservice import models

from tests.lab.arm.errors.aks import UnmarshalError

# How Go, which AKS is written in, names the JSON kinds and the types that they should have had.
_FOUND: Mapping[type, str] = MappingProxyType(
    {str: "string", bool: "bool", int: "number", float: "number", list: "array", dict: "object", type(None): "null"}
)
_GO: Mapping[type, str] = MappingProxyType({str: "string", bool: "bool", int: "int32", float: "float64"})


@dataclass(frozen=True)
class _Scalar:
    wanted: type

    @property
    def go_type(self) -> str:
        return _GO[self.wanted]


@dataclass(frozen=True)
class _Sequence:
    item: _Kind

    @property
    def go_type(self) -> str:
        return f"[]{self.item.go_type}"


@dataclass(frozen=True)
class _Map:
    item: _Kind

    @property
    def go_type(self) -> str:
        return f"map[string]*{self.item.go_type}"


@dataclass(frozen=True)
class _Model:
    model: type

    @property
    def go_type(self) -> str:
        return self.model.__name__


_Kind = _Scalar | _Sequence | _Map | _Model

# What previews of the API write in another form than the models of the stable one, or have beyond them.
_PREVIEW_FORMS: Mapping[tuple[type, str], _Kind] = MappingProxyType(
    {
        (models.ScaleProfile, "autoscale"): _Model(models.AutoScaleProfile),  # one object (recorded in 2025), no list
        # Of azure-mgmt-containerservice 41.9.0b1.
        (models.NvidiaGPUProfile, "driverMode"): _Scalar(str),
        (models.NvidiaGPUProfile, "migStrategy"): _Scalar(str),
        (models.NvidiaGPUProfile, "migProfiles"): _Sequence(_Scalar(str)),
    }
)


def check_pool(body: Mapping[str, Any], *, preview: bool) -> None:
    """Refuse a pool with a field of the wrong type or, under a stable api-version, an unknown field."""
    _check_members(body, models.AgentPool, path="Properties", preview=preview)


def check_cluster(body: Mapping[str, Any], *, preview: bool) -> None:
    """The same for a managed cluster."""
    _check_members(body, models.ManagedCluster, path="Properties", preview=preview)


def _check_members(body: Mapping[str, Any], model: type, *, path: str, preview: bool) -> None:
    known = _fields(model)
    for name, value in body.items():
        kind = _PREVIEW_FORMS.get((model, name), known.get(name)) if preview else known.get(name)
        if kind is not None:
            if value is not None:
                _check(value, kind, path=f"{path}.{name}", preview=preview)
        elif not preview:
            raise UnmarshalError.unknown_field(name)


def _check(value: object, kind: _Kind, *, path: str, preview: bool) -> None:
    if not _fits(value, kind):
        raise UnmarshalError.wrong_type(found=_FOUND[type(value)], field=path, wanted=kind.go_type)
    if isinstance(kind, _Model):
        assert isinstance(value, dict)
        _check_members(value, kind.model, path=path, preview=preview)
    elif isinstance(kind, _Sequence):
        assert isinstance(value, list)
        for item in value:
            _check(item, kind.item, path=path, preview=preview)
    elif isinstance(kind, _Map):
        assert isinstance(value, dict)
        for name, item in value.items():
            if item is not None:
                _check(item, kind.item, path=f"{path}.{name}", preview=preview)


def _fits(value: object, kind: _Kind) -> bool:
    if isinstance(kind, _Scalar):
        wanted = (int, float) if kind.wanted is float else kind.wanted
        return isinstance(value, wanted) and isinstance(value, bool) == (kind.wanted is bool)
    return isinstance(value, list if isinstance(kind, _Sequence) else dict)


@cache
def _fields(model: type) -> Mapping[str, _Kind]:
    """The fields of a model by their JSON names, those of its bases included."""
    hints = typing.get_type_hints(model, localns={"_models": models, "datetime": dt})
    found: dict[str, _Kind] = {}
    for base in reversed(model.__mro__):
        for attribute, descriptor in vars(base).items():
            if type(descriptor).__name__ == "_RestField":
                found[descriptor._rest_name_input or attribute] = _kind(hints[attribute])
    return MappingProxyType(found)


def _kind(hint: Any) -> _Kind:
    """The JSON type of one of the SDK's type hints; anything but a number, boolean, list or object is a string."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, UnionType):
        return _kind(_choice(arguments))
    if origin is list:
        return _Sequence(_kind(arguments[0]))
    if origin is dict:
        return _Map(_kind(arguments[1]))
    if hint in (bool, int, float):
        return _Scalar(hint)
    return _Model(hint) if _is_model(hint) else _Scalar(str)


def _choice(hints: Sequence[Any]) -> Any:
    """The type of a union that decides its JSON type: the SDK's unions are of a type with None, and of an enum with its values' type."""
    choices = [hint for hint in hints if hint is not type(None)]
    return next((choice for choice in choices if not _is_enum(choice)), choices[0])


def _is_model(hint: Any) -> bool:
    return isinstance(hint, type) and hint.__module__.startswith("azure.mgmt.containerservice.models") and not _is_enum(hint)


def _is_enum(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Enum)
