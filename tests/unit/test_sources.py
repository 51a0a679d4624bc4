# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our fixtures have the form of the originals, and nothing else of theirs: only the originals can show that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sources import MICROSOFTS, OURS, Source

pytestmark = pytest.mark.skipif(not MICROSOFTS.is_here, reason="Microsoft's originals are not beside this clone")

_RESOURCES = ("Microsoft.ContainerService/ManagedClusters", "Microsoft.ContainerService/managedClusters/agentPools")


def contents(directory: Path) -> Iterator[Any]:
    for path in directory.glob("*.json"):
        yield from json.loads(path.read_text())


def bodies(source: Source, side: str) -> list[Any]:
    """What was put to make or change such a resource, or what was answered to that."""
    exchanges = [each for each in contents(source.recordings) if isinstance(each, dict) and each["request"]["method"] == "PUT"]
    return [each[side]["body"] for each in exchanges if each["response"]["body"].get("type") in _RESOURCES]


def form(value: Any, at: str = "") -> set[str]:
    """The path of every key."""
    if isinstance(value, dict):
        return {at}.union(*(form(below, f"{at}.{key}") for key, below in value.items()))
    if isinstance(value, list):
        return {at}.union(*(form(below, f"{at}[]") for below in value))
    return {at}


def values(value: Any, key: str) -> set[str]:
    """What stands under this key, wherever it is."""
    if isinstance(value, dict):
        return {below for name, below in value.items() if name == key}.union(*(values(below, key) for below in value.values()))
    if isinstance(value, list):
        return set().union(*(values(below, key) for below in value))
    return set()


@pytest.mark.parametrize("side", ["request", "response"])
def test_recorded_bodies_have_every_key_of_the_originals_and_no_other(side: str) -> None:
    assert form(bodies(OURS, side)) == form(bodies(MICROSOFTS, side)) != {""}


def test_captured_requests_have_only_keys_of_the_originals() -> None:
    ours, theirs = form(list(contents(OURS.captures))), form(list(contents(MICROSOFTS.captures)))
    assert ours <= theirs
    assert {"[].method", "[].path", "[].query", "[].body.properties", "[].resp_status"} <= ours


@pytest.mark.parametrize("key", ["id", "name", "dnsPrefix", "fqdn", "keyData", "principalId"])
def test_no_name_or_id_is_the_originals(key: str) -> None:
    ours, theirs = values(bodies(OURS, "response"), key), values(bodies(MICROSOFTS, "response"), key)
    assert ours
    assert theirs
    assert not (ours & theirs) - {"Base"}, "only the name of a price tier is Azure's own"
