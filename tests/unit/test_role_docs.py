# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-doc -t role shows nothing at all of a role that has one option without a description.

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

SPECS = sorted((Path(__file__).resolve().parents[2] / "roles").glob("*/meta/argument_specs.yml"))


def undescribed(options: dict[str, Any], above: str) -> Iterator[str]:
    """The options, and their own, that have no description."""
    for name, option in options.items():
        if not option.get("description"):
            yield f"{above}.{name}"
        yield from undescribed(option.get("options", {}), f"{above}.{name}")


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.parents[1].name)
def test_every_option_of_a_role_is_described(path: Path) -> None:
    entry_points = yaml.safe_load(path.read_text())["argument_specs"]
    assert [each for name, spec in entry_points.items() for each in undescribed(spec.get("options", {}), name)] == []
