# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The file that receives a workload's whole log; it has no name until it is complete."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

from ..._errors import InvalidInputError
from ..._files import FULL, READABLE, replacement


def checked_log_path(log_path: str) -> str:
    """A path that a log can be written to, as far as this can be checked without writing. Raises InvalidInputError."""
    try:
        path = Path(log_path).resolve()  # a link stays one
        if not path.parent.is_dir():
            raise _unwritable(log_path, "Its directory does not exist.", "Create the directory, or set another log_path.")
        # Also as it is given: /dev/stdout may lead to a pipe, which has no path of its own.
        for each in (Path(log_path), path):
            _refuse_special(each, log_path)
        if path.is_symlink():  # since Python 3.13, resolve() returns a link to itself
            raise _unwritable(log_path, "It is not a path, but a link to itself.", "Correct log_path.")
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise _unwritable(log_path, "The user who runs the task cannot write to its directory.", "Set log_path to another directory.")
    except (ValueError, RuntimeError) as error:  # a null character, a link to itself
        raise _unwritable(log_path, f"It is not a path: {error}.", "Correct log_path.") from error
    except OSError as error:
        raise _unwritable(log_path, f"{error.strerror}.", "Check the path and its permissions.") from error
    return log_path


def _refuse_special(path: Path, log_path: str) -> None:
    """A directory, device, pipe or socket is never replaced. Raises InvalidInputError."""
    if path.exists() and not path.is_file():
        raise _unwritable(log_path, "It exists and is not a regular file.", "Set log_path to a file.")


def _unwritable(log_path: str, cause: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(f"The log cannot be written to log_path {log_path}.", code="UnwritableFile", cause=cause, remedy=remedy)


class LogFile:
    """The whole log of one attempt on its way to log_path; it has no name until it is saved: a killed task leaves nothing behind."""

    def __init__(self, log_path: str) -> None:
        self._path = Path(log_path).resolve()
        self._problem: OSError | None = None
        self._file: BinaryIO | None = None

    def write(self, line: str) -> None:
        """The log's next line. A file that can't be written ends no workload: `save` says so."""
        try:
            if self._problem is None:
                self._open().write(f"{line}\n".encode(errors="replace"))
        except OSError as error:
            self._problem = error

    def save(self) -> None:
        """Put what was written at log_path; a reader sees the old file or the new one. Raises InvalidInputError."""
        try:
            if self._problem is not None:
                raise self._problem
            if self._file is not None:
                self._replace(self._file)
        except OSError as error:
            remedy = "Free some space there." if error.errno in FULL else "Check the path and its permissions."
            raise _unwritable(str(self._path), f"{error.strerror}.", remedy) from error

    def close(self) -> None:
        """Give up what was not saved."""
        if self._file is not None:
            with suppress(OSError):  # a full disk does not take what is still in memory either
                self._file.close()

    def _open(self) -> BinaryIO:
        if self._file is None:
            self._file = cast("BinaryIO", tempfile.TemporaryFile(dir=self._path.parent))  # noqa: SIM115  # open as long as the log grows
        return self._file

    def _replace(self, written: BinaryIO) -> None:
        _refuse_special(self._path, str(self._path))  # put there since
        written.seek(0)
        with replacement(self._path, mode=READABLE) as file:
            shutil.copyfileobj(written, file)


class LogFiles:
    """A file for each attempt's log, as long as it may be wanted; none where no log_path is given."""

    def __init__(self, log_path: str | None) -> None:
        self._log_path = log_path
        self._files: list[LogFile] = []

    def new(self) -> LogFile | None:
        """The file of one more attempt."""
        if self._log_path is None:
            return None
        self._files.append(LogFile(self._log_path))
        return self._files[-1]

    def close(self) -> None:
        """Close them all."""
        for file in self._files:
            file.close()
