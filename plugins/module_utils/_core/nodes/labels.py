# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The syntax of Kubernetes labels and taints, and which labels and tags AKS does not accept from a user."""

from __future__ import annotations

import re
from typing import Any, Iterable, Mapping

from ..._errors import InvalidInputError
from ..shared.strings import as_texts

# https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set; taints' keys and values have the same.
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_PREFIX = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
# https://learn.microsoft.com/azure/aks/use-labels#reserved-system-labels
_RESERVED = ("kubernetes.azure.com/", "kubernetes.io/")


def is_key(text: str) -> bool:
    """Whether it is a valid key of a label or taint: a name with an optional DNS prefix."""
    prefix, slash, name = text.rpartition("/")
    return bool(_NAME.fullmatch(name)) and (not slash or bool(_PREFIX.fullmatch(prefix)))


def is_value(text: str) -> bool:
    """Whether it is a valid value of a label or taint."""
    return not text or bool(_NAME.fullmatch(text))


def validate_tags(tags: Iterable[str]) -> None:
    """Reject Azure tags whose names differ only in case, because Azure treats them as the same. Raises InvalidInputError."""
    seen: dict[str, str] = {}
    for name in tags:
        other = seen.setdefault(name.lower(), name)
        if other != name:
            raise InvalidInputError(
                f"tags contains both '{other}' and '{name}'.",
                code="InvalidTag",
                cause="Azure tag names are case-insensitive.",
                remedy="Leave out one of the two.",
            )


def validate_label(key: str, value: str | None) -> None:
    """Reject a node label that Kubernetes or AKS would reject; the value None removes a label. Raises InvalidInputError."""
    if key.startswith(_RESERVED) and value is not None:
        raise InvalidInputError(
            f"The label '{key}' cannot be set.",
            code="ReservedLabel",
            cause=f"AKS keeps the prefixes {' and '.join(_RESERVED)} for its own labels.",
            remedy="Use your own prefix, such as example.com/, or no prefix.",
        )
    if not is_key(key) or not is_value(value or ""):
        raise _invalid(f"The label '{key}: {value}' is not valid in Kubernetes.")


def checked_labels(option: str, values: Mapping[str, Any]) -> dict[str, str]:
    """The labels of an option as the strings that Kubernetes requires. Raises InvalidInputError for what it does not accept as labels."""
    labels = as_texts(option, values)
    for key, value in labels.items():
        checked_key(option, key)
        if not is_value(value):
            raise _invalid(f"{option}: '{value}' is not a valid value of the label {key}.")
    return labels


def checked_annotations(option: str, values: Mapping[str, Any]) -> dict[str, str]:
    """The annotations of an option: their names are those of labels, also in capitals, and their values any text.

    Raises InvalidInputError.
    """
    annotations = as_texts(option, values)
    for key in annotations:
        if not is_key(key.lower()):
            raise _invalid(f"{option}: '{key}' is not a valid name of an annotation.")
    return annotations


def checked_key(option: str, key: str) -> str:
    """The name of a label in an option. Raises InvalidInputError for one that Kubernetes does not accept."""
    if not is_key(key):
        raise _invalid(f"{option}: '{key}' is not a valid label name.")
    return key


def checked_value(option: str, value: str) -> str:
    """The value of an option that becomes the value of a label, such as a pool's name. Raises InvalidInputError."""
    if not is_value(value):
        raise _invalid(f"{option}: '{value}' is not a valid value of a label.")
    return value


def _invalid(problem: str) -> InvalidInputError:
    return InvalidInputError(
        problem,
        code="InvalidLabel",
        cause="Name and value must have up to 63 letters, digits, '-', '_' and '.', with a letter or digit at each "
        "end. A prefix must be a DNS name.",
        remedy="Use a label such as 'team: vision' or 'example.com/team: vision'.",
    )
