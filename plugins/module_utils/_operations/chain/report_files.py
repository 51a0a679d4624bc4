# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.
"""The files of a report: checks their paths before the chain begins, and writes them when it ends."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..._core.shared.change import Change
from ..._errors import InvalidInputError
from ..._files import FULL, READABLE, broken_link, replacement


@dataclass(frozen=True)
class ReportFiles:
    """The path of the report in JSON, and of its HTML page."""

    report: Path
    page: Path


def report_files(dest: str, page: str | None = None) -> ReportFiles:
    """The files of a report, checked to be writable without writing to them. Raises InvalidInputError."""
    report = writable(Path(dest).expanduser())
    files = ReportFiles(report, writable(Path(page).expanduser() if page else report.with_suffix(".html")))
    if files.report == files.page:
        raise _unwritable(
            files.report,
            "The HTML page would overwrite it.",
            f"Set a path that does not end in .html, such as dest: {report.with_suffix('.json')}.",
        )
    return files


def write(path: Path, text: str) -> None:
    """Replace a file atomically, and create its directory if needed. Raises InvalidInputError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacement(path, mode=READABLE) as file:
            file.write(text.encode("utf-8"))
    except OSError as error:
        check = "Free some space there" if error.errno in FULL else "Check the path and its permissions"
        raise _unwritable(path, f"{error.strerror}.", f"{check}, or set another file (dest: FILE).") from error


def change(path: Path, text: str) -> Change:
    """What writing a file would change."""
    before = path.read_text(encoding="utf-8", errors="replace") if path.exists() else None
    return Change(str(path), {} if before is None else {"content": before}, {"content": text})


def writable(path: Path) -> Path:
    """The path of a file, checked without writing to it. Raises InvalidInputError."""
    try:
        if path.exists() and not path.is_file():
            cause = "This is a directory, a device or a named pipe, not a regular file."
            raise _unwritable(path, cause, "Set a file, such as dest: ~/gpu-report.json.")
        directory = next(parent for parent in path.absolute().parents if parent.exists())
        link = broken_link(path.parent)
    except (OSError, ValueError) as error:  # a null character, a name that is too long, a link to itself
        raise _unwritable(path, f"The path is not valid: {error}.", "Set a file, such as dest: ~/gpu-report.json.") from error
    if link is not None:
        raise _unwritable(
            path, f"{link} is a link to a path that does not exist.", f"Remove or rename {link}, or set another file (dest: FILE)."
        )
    if not directory.is_dir() or not os.access(directory, os.W_OK | os.X_OK):
        raise _unwritable(path, f"{directory} is not writable.", "Check its permissions, or set another file (dest: FILE).")
    return path


def _unwritable(path: Path, cause: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(f"The report cannot be written to {path}.", code="UnwritableFile", cause=cause, remedy=remedy)
