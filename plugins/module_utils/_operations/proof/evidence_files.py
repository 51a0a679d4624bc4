# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Writes the evidence of a proof: a JSON file for each GPU, all verdicts as JUnit XML, and a summary, in a folder for each selection."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence, Tuple

from ..._core.proof.coverage import Coverage
from ..._core.proof.evidence import UNSAFE, folder_of, is_of_device, may_be_of_task
from ..._core.proof.junit import junit
from ..._core.proof.verdict import DeviceVerdict
from ..._core.shared.printable import printable_value
from ..._errors import InvalidInputError
from ..._files import FULL, READABLE, broken_link, replacement

_JUNIT, _SUMMARY = "junit.xml", "summary.json"
_LONGEST_NODE, _DIGITS = 100, 10
_LONGEST_NAME = 200  # of a file, with the number, the UUID, and what a temporary file's name adds; the folder's is no longer
File = Tuple[str, str]  # name, content
_ELSEWHERE = "Set evidence_dir to a directory that the user who runs the task can write to."


def checked_directory(evidence_dir: str) -> Path:
    """The directory, which is created when the evidence is written. Raises InvalidInputError."""
    path = Path(evidence_dir).expanduser()
    try:
        link = broken_link(path)
        whole = path.resolve()
        above = next(each for each in (whole, *whole.parents) if each.exists())
        usable = above.is_dir() and os.access(above, os.W_OK | os.X_OK)
        _require_room(whole, above)
    except (OSError, RuntimeError, ValueError) as error:  # a null character, a name that is too long, a link to itself
        raise _unwritable(path, f"The path is not valid: {error}.") from error
    if link is not None:
        raise _unwritable(
            path, f"{link} is a link to a path that does not exist.", f"Remove or rename {link}, or set evidence_dir to another directory."
        )
    if not usable:
        raise _unwritable(path, f"{above} is not a directory that this user can write to.")
    return path


def _require_room(whole: Path, above: Path) -> None:
    """Raise OSError if a name in the path, or the path of a file in the directory, is too long where the directory is created."""
    longest = max(_LONGEST_NAME, *(len(os.fsencode(part)) for part in whole.parts))
    path = len(os.fsencode(whole)) + 2 * _LONGEST_NAME
    if longest > os.pathconf(above, "PC_NAME_MAX") or path > os.pathconf(above, "PC_PATH_MAX"):
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))


def require_folder(folder: Path) -> None:
    """Raise InvalidInputError if the folder of a proof, or a file in it, cannot be written because of what is there."""
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        dangling = folder.is_symlink() and not folder.exists()
        raise _unwritable(folder, "It is a link to a path that does not exist." if dangling else _NO_DIRECTORY, _RENAME)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise _unwritable(folder, "This user cannot read and write it.", _PERMIT)
    for path in (folder / _JUNIT, folder / _SUMMARY):
        with _explained(path):
            if path.is_dir() and not path.is_symlink():
                raise _unwritable(path, _DIRECTORY, _RENAME)


def remove_evidence(directory: Path, task: Mapping[str, Any]) -> None:
    """Remove the evidence of an earlier run of a task. Files of others stay. Raises InvalidInputError.

    Args:
        directory: The evidence_dir.
        task: The cluster and the selection. Without the server, all evidence goes that may be of this task.
    """
    own = directory / folder_of(task)
    for folder in ([own] if own.exists() else []) if task["server"] else _folders_of(directory, task):
        _remove_earlier(folder)


def _folders_of(directory: Path, task: Mapping[str, Any]) -> list[Path]:
    with _explained(directory):
        return [path.parent for path in sorted(directory.glob(f"*/{_SUMMARY}")) if path.is_file() and may_be_of_task(_text(path), task)]


def _remove_earlier(folder: Path) -> None:
    """Remove the evidence in a folder, the summary last, because it says whose it is. Raises InvalidInputError."""
    with _explained(folder):
        files = sorted(folder.iterdir())
    devices = [path for path in files if path.suffix == ".json" and path.is_file() and is_of_device(path.name, _text(path))]
    for path in (folder / _JUNIT, *devices, folder / _SUMMARY):
        with _explained(path):
            path.unlink(missing_ok=True)


def _text(path: Path) -> str:
    with _explained(path):
        return path.read_text(encoding="utf-8", errors="replace")


def write_evidence(directory: Path, coverage: Coverage, summary: Mapping[str, Any]) -> list[str]:
    """Write all files into the folder of the proof and return their paths, or leave none of them. Raises InvalidInputError.

    Args:
        directory: The evidence_dir.
        coverage: The verdicts.
        summary: The content of the summary, which also says whose folder it is.
    """
    when = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    folder = directory / folder_of(summary)
    devices = list(_device_files(coverage.devices))
    paths = [str(folder / name) for name in (*(name for name, _content in devices), _JUNIT, _SUMMARY)]
    reports = [(_JUNIT, junit(coverage, when)), (_SUMMARY, _json({**summary, "evidence": paths, "written": when}))]
    try:
        with _explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
        _remove_earlier(folder)  # that of a run at the same time
        for name, content in (*devices, *reports):
            _write(folder / name, content)
    except InvalidInputError as error:
        error.cause = f"{error.cause} {_without(folder, paths)}"
        raise
    return paths


def _without(folder: Path, paths: Sequence[str]) -> str:
    """Remove what has been written, because a part of the evidence may look like the whole; what is left, as a sentence."""
    for path in map(Path, paths):
        with suppress(OSError):
            path.unlink()
    left = any(map(os.path.isfile, paths))
    return f"The evidence in {folder} is incomplete." if left else f"{folder} has no evidence of this run or an earlier one."


def _device_files(devices: Sequence[DeviceVerdict]) -> Iterator[File]:
    numbers: dict[str, int] = {}
    for device in devices:
        number = numbers[device.node] = numbers.get(device.node, 0) + 1
        name = UNSAFE.sub("-", f"{_shortened(device.node)}-{number}-{device.uuid or 'unseen'}")
        yield f"{name}.json", _json({**device.facts(), "report": device.line})


def _shortened(node: str) -> str:
    """A node's name, which may be as long as a file's, without room for more."""
    if len(node) <= _LONGEST_NODE:
        return node
    return f"{node[:_LONGEST_NODE]}-{hashlib.sha256(node.encode()).hexdigest()[:_DIGITS]}"


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(printable_value(document), indent=2, sort_keys=True) + "\n"


def _write(path: Path, content: str) -> None:
    with _explained(path), replacement(path, mode=READABLE) as file:
        file.write(content.encode("utf-8"))


_DIRECTORY, _NO_DIRECTORY = "It is a directory.", "It is not a directory."
_RENAME = "Remove or rename it, or set evidence_dir to another directory."
_PERMIT = "Check its permissions, or set evidence_dir to a directory that the user who runs the task can write to."
_FREE = "Free some space there, or set evidence_dir to a directory on another disk."


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Raise InvalidInputError, which names the path, for an OSError in the context."""
    try:
        yield
    except (FileExistsError, NotADirectoryError) as error:
        raise _unwritable(path, _NO_DIRECTORY, _RENAME) from error
    except IsADirectoryError as error:
        raise _unwritable(path, _DIRECTORY, _RENAME) from error
    except OSError as error:
        full = error.errno in FULL
        raise _unwritable(path, "Its disk is full." if full else f"{error.strerror}.", _FREE if full else _PERMIT) from error


def _unwritable(path: Path, cause: str, remedy: str = _ELSEWHERE) -> InvalidInputError:
    return InvalidInputError(f"The evidence cannot be written to {path}.", code="UnwritableFile", cause=cause, remedy=remedy)
