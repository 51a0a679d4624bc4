# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads untrusted YAML, and refuses documents that would exhaust the reader."""

from __future__ import annotations

from typing import Any, ClassVar, Iterator, Mapping

try:
    import yaml

    # A kubeconfig holds JSON values only: a timestamp stays a string, and an impossible date is not an error.
    class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # libyaml's is ten times as fast
        yaml_implicit_resolvers: ClassVar[Mapping[str, Any]] = {
            first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

except ImportError:  # the entry point reports what is missing
    pass

# Far more than any kubeconfig has, and few enough to copy, compare and write quickly.
_MAX_VALUES = 500_000
_MAX_DEPTH = 50


class NotYamlError(ValueError):
    """The text is not YAML, or YAML that would exhaust the reader; the message says which."""


def read_yaml(text: str) -> Any:
    """The content of a YAML document; None if it is empty. Raises NotYamlError."""
    try:
        _refuse_deep(text)
        return _construct(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise NotYamlError(f"line {mark.line + 1} is not YAML" if mark else "it is not YAML") from error
    except NotYamlError:
        raise
    # PyYAML's constructors raise these for a value that does not fit its explicit tag, such as `!!bool maybe`.
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise NotYamlError("it is not YAML") from error


def _refuse_deep(text: str) -> None:
    """Refuse deep nesting by the events alone: the tree is built recursively, and libyaml's recursion may crash the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise NotYamlError("it is nested too deeply")


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
    """How many values a node stands for once its aliases are expanded. Raises NotYamlError if there are too many."""
    found = known.get(id(node))
    if found is None:
        known[id(node)] = _MAX_VALUES  # an alias inside its own node would expand endlessly
        found = known[id(node)] = 1 + sum(_count(child, known) for child in _children(node))
    if found >= _MAX_VALUES:
        raise NotYamlError("it is too large once its aliases are expanded")
    return found


def _children(node: Any) -> Iterator[Any]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value
