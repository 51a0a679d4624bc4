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
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence, Tuple

from ..._core.proof.coverage import Coverage
from ..._core.proof.evidence import UNSAFE, folder_of, is_of_device
from ..._core.proof.junit import junit
from ..._core.proof.verdict import DeviceVerdict
from ..._core.shared.printable import printable_value
from ..._errors import InvalidInputError
from ..._files import FULL, READABLE, replacement

_LONGEST_NODE, _DIGITS = 100, 10
_LONGEST_NAME = 200  # of a file, with the number, the UUID, and what a temporary file's name adds; the folder's is no longer
File = Tuple[str, str]  # name, content


def checked_directory(evidence_dir: str) -> Path:
    """The directory, which is created when the evidence is written. Raises InvalidInputError."""
    path = Path(evidence_dir).expanduser()
    try:
        whole = path.resolve()
        above = next(each for each in (whole, *whole.parents) if each.exists())
        usable = above.is_dir() and os.access(above, os.W_OK | os.X_OK)
        _require_room(whole, above)
    except (OSError, RuntimeError, ValueError) as error:  # a null character, a name that is too long, a link to itself
        raise _unwritable(path, f"The path is not valid: {error}.") from error
    if not usable:
        raise _unwritable(path, f"{above} is not a directory that this user can write to.")
    return path


def _require_room(whole: Path, above: Path) -> None:
    """Raise OSError if a name in the path, or the path of a file in the directory, is too long where the directory is created."""
    longest = max(_LONGEST_NAME, *(len(os.fsencode(part)) for part in whole.parts))
    path = len(os.fsencode(whole)) + 2 * _LONGEST_NAME
    if longest > os.pathconf(above, "PC_NAME_MAX") or path > os.pathconf(above, "PC_PATH_MAX"):
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))


def write_evidence(directory: Path, coverage: Coverage, summary: Mapping[str, Any]) -> list[str]:
    """Write all files into the folder of the proof, without those of an earlier run, and return their paths. Raises InvalidInputError."""
    written = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    reports = [("junit.xml", junit(coverage, written)), ("summary.json", _json({**summary, "written": written}))]
    folder = directory / folder_of(summary)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_earlier(folder)
        return [_write(folder / name, content) for name, content in (*_device_files(coverage.devices), *reports)]
    except OSError as error:
        why = "Its disk is full." if error.errno in FULL else f"{error.strerror}."
        raise _unwritable(directory, why) from error


def _remove_earlier(folder: Path) -> None:
    """Remove the evidence of an earlier run, so that it is not mixed with that of this one. Files of others stay."""
    for path in folder.glob("*.json"):
        if path.is_file() and is_of_device(path.name, path.read_text(encoding="utf-8", errors="replace")):
            path.unlink()


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


def _write(path: Path, content: str) -> str:
    with replacement(path, mode=READABLE) as file:
        file.write(content.encode("utf-8"))
    return str(path)


def _unwritable(path: Path, cause: str) -> InvalidInputError:
    remedy = "Set evidence_dir to a directory that the user who runs the task can write to."
    return InvalidInputError(f"The evidence cannot be written to {path}.", code="UnwritableFile", cause=cause, remedy=remedy)
