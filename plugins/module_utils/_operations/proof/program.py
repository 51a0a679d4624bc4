# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The proof program's files as text, which become the ConfigMap.

Each file is imported here, so that Ansible packs it for the module, and read through the loader that has imported it: in a module's
process, there are no files, only an archive.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ... import _proof
from ..._proof import (
    bench,
    challenge,
    codes,
    cuda,
    facts,
    kernels,
    levels,
    library,
    limits,
    main,
    matrix,
    measure,
    memory,
    nvml,
    output,
    parent,
    peers,
    process,
    sustained,
    time_limit,
    train,
    worker,
)

_MODULES = (
    bench, challenge, codes, cuda, facts, kernels, levels, library, limits, main, matrix, measure, memory, nvml, output, parent, peers,
    process, sustained, time_limit, train, worker,
)  # fmt: skip


def program_files() -> dict[str, str]:
    """The files by name."""
    found = {f"{module.__name__.rpartition('.')[2]}.py": _source(module) for module in _MODULES}
    return {"__init__.py": _source(_proof), **found}


def _source(module: ModuleType) -> str:
    loader: Any = module.__spec__.loader if module.__spec__ is not None else None
    source = loader.get_source(module.__name__)  # Ansible's own loader returns bytes
    return source.decode() if isinstance(source, bytes) else str(source or "")
