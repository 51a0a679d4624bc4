# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/conformance.md: written by a run, never by hand."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tests.conformance import azcollection, azure_cli
from tests.conformance.run import REPOSITORY
from tests.conformance.table import Section, markdown
from tests.lab import build

PATH = Path("docs/conformance.md")
_INTRODUCTION = """<!-- Copyright: (c) 2026, gpuops.aks contributors
     SPDX-License-Identifier: GPL-3.0-or-later -->

# Azure's own clients against the lab

Written by `make conformance` on {date}; change the run, not this page.

Every command and call below was made by the client as it is published, and ended as it would on Azure as far as that is documented or
recorded; one that had not would have ended the run without a new page. What the lab plays, and what of it was never compared with Azure,
is in [FIDELITY.md](https://github.com/gpuops/aks/blob/main/tests/lab/FIDELITY.md).
Azure's minutes are fractions of a second here.

{versions}

"""


def write(sections: Sequence[Section]) -> Path:
    """Write the page; returns where it is, from the repository's root."""
    listed = "\n".join(f"* {line}" for line in _versions())
    introduction = _INTRODUCTION.format(date=f"{datetime.now(UTC):%Y-%m-%d}", versions=listed)
    (REPOSITORY / PATH).write_text(introduction + markdown(sections).rstrip() + "\n")
    return PATH


def update(sections: Sequence[Section]) -> Path:
    """Replace only these sections of the page, or add them; returns where it is, from the repository's root."""
    page = REPOSITORY / PATH
    page.write_text(updated(page.read_text(), sections, today=f"{datetime.now(UTC):%Y-%m-%d}"))
    return PATH


def updated(page: str, sections: Sequence[Section], *, today: str) -> str:
    """The page with these sections in their places, or at its end."""
    for section in sections:
        text = f"{section.text} This part ran by itself on {today}."
        there = re.search(rf"^## {re.escape(section.title)}\n.*?(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
        before, after = (page[: there.start()], page[there.end() :]) if there else (f"{page}\n", "")
        page = f"{before}{markdown([replace(section, text=text)])}\n{after}".rstrip() + "\n"
    return page


def _versions() -> list[str]:
    """The clients' versions, from the venvs that they ran in."""
    sdk = "azure-mgmt-containerservice"
    return [
        f"Azure CLI {_version(azure_cli.BIN, 'azure-cli')}, with {sdk} {_version(azure_cli.BIN, sdk)}",
        f"azure.azcollection {_collection_version()}, with {sdk} {_version(azcollection.BIN, sdk)}",
        f"ansible-core {_version(azcollection.BIN, 'ansible-core')}, which ran it",
        f"{sdk} {_version(REPOSITORY / '.venv' / 'bin', sdk)} by itself",
        f"kubectl {_kubectl_version()}",
        f"Helm {build.HELM_VERSION}",
    ]


def _kubectl_version() -> str:
    command = [str(build.binary()), "kubectl", "version", "--client", "--output=json"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return str(found["clientVersion"]["gitVersion"])


def _version(bin_directory: Path, package: str) -> str:
    return _printed(bin_directory, f"import importlib.metadata; print(importlib.metadata.version({package!r}))")


def _collection_version() -> str:
    find = "from ansible_collections.azure import azcollection; print(*azcollection.__path__)"
    manifest = Path(_printed(azcollection.BIN, find)) / "MANIFEST.json"
    return str(json.loads(manifest.read_text())["collection_info"]["version"])


def _printed(bin_directory: Path, program: str) -> str:
    return subprocess.run([bin_directory / "python", "-c", program], check=True, capture_output=True, text=True).stdout.strip()
