# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads YAML that someone else wrote, and refuses what is made to exhaust its reader."""

from __future__ import annotations

from typing import Any, ClassVar, Iterator, Mapping

try:
    import yaml

    # A kubeconfig holds what JSON can say: a time stays a text, and one that doesn't exist is no error.
    class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # libyaml's is ten times as fast
        yaml_implicit_resolvers: ClassVar[Mapping[str, Any]] = {
            first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

except ImportError:  # the entry point reports what is missing
    pass

# Far more than any kubeconfig has, and little enough to be copied, compared and written in no time.
_MOST_VALUES = 500_000
_DEEPEST = 50


class NotYamlError(ValueError):
    """A text that is no YAML, or YAML that is made to exhaust whoever reads it; the message says which."""


def read_yaml(text: str) -> Any:
    """What a YAML text says, None where it says nothing. Raises NotYamlError."""
    try:
        _refuse_deep(text)
        return _construct(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise NotYamlError(f"line {mark.line + 1} is no YAML" if mark else "it is no YAML") from error
    except NotYamlError:
        raise
    # What PyYAML's constructors let out for a value that doesn't fit its explicit tag, as `!!bool maybe`.
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise NotYamlError("it is no YAML") from error


def _refuse_deep(text: str) -> None:
    """By the events alone, because the tree is made by functions that call themselves, those of libyaml until the process dies."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise NotYamlError("it is nested too deep")


def _construct(text: str) -> Any:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _count(node, {})
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _count(node: Any, known: dict[int, int]) -> int:
    """How many values a node stands for, its aliases written out. Raises NotYamlError for too many."""
    found = known.get(id(node))
    if found is None:
        known[id(node)] = _MOST_VALUES  # an alias of a node within itself has no end
        found = known[id(node)] = 1 + sum(_count(child, known) for child in _children(node))
    if found >= _MOST_VALUES:
        raise NotYamlError("it is too large once its aliases are written out")
    return found


def _children(node: Any) -> Iterator[Any]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value
