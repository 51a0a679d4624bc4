# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where tests read answers of Azure, requests of its clients and articles: our own files of the same form, and the originals in addition.

The originals belong to Microsoft. They lie beside the clone where the project is made, and a clone without them proves as much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_FIXTURES = Path(__file__).parent / "fixtures"
_ORIGINALS = Path(__file__).parents[2] / "shared" / "oracle"


@dataclass(frozen=True)
class Source:
    """One set of such files."""

    name: str
    articles: Path
    """A directory for each generation of the article."""
    recordings: Path
    """Requests to Azure with its answers."""
    examples: Path
    """Requests and answers as the specification of Azure's API shows them."""
    captures: Path
    """Requests of one client each, in their order."""

    @property
    def is_here(self) -> bool:
        """Whether this machine has the files."""
        return self.articles.is_dir()


OURS = Source("ours", *(_FIXTURES / folder for folder in ("articles", "recordings", "examples", "captures")))
MICROSOFTS = Source(
    "Microsoft's", *(_ORIGINALS / folder for folder in ("articles", "extracted", "openapi-2021-05-01/examples", "client-requests"))
)
SOURCES = tuple(source for source in (OURS, MICROSOFTS) if source.is_here)


def articles(*generations: str) -> list[Any]:
    """Parameters of a test: these generations of the article, of each source."""
    return [pytest.param(source.articles / each, id=f"{source.name}-{each}") for source in SOURCES for each in generations]


def tolerated_taints(pod: Mapping[str, Any]) -> list[str]:
    """The taints with a value that a manifest's pod tolerates: those of the article's pool."""
    return [f"{each['key']}={each['value']}:{each['effect']}" for each in pod["tolerations"] if "value" in each]
