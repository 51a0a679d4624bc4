# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Replaces a file atomically: a reader of a kubeconfig, report or log must never see half of it."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Iterator, cast

PRIVATE, READABLE = 0o600, 0o644
# What a write to a disk without space fails with.
FULL = (errno.ENOSPC, errno.EDQUOT)


def broken_link(path: Path) -> Path | None:
    """The part of a path that is a link to nothing, below which no directory can be created; None without one. Raises OSError."""
    return next((each for each in (path, *path.parents) if each.is_symlink() and not each.exists()), None)


@contextmanager
def replacement(path: Path, *, mode: int = PRIVATE, prefix: str = "") -> Iterator[BinaryIO]:
    """A temporary file that replaces the one at path when the block succeeds, and is removed otherwise. Raises OSError.

    Args:
        path: the file to replace.
        mode: the permissions of the new file.
        prefix: how the temporary file's name begins, so that files left behind by a killed process can be found.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=prefix or f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield cast("BinaryIO", file)
        temporary.chmod(mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
