# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads, locks and replaces a kubeconfig file safely, so that no reader ever sees half of it."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator, Mapping

from ..._clock import Clock, Deadline
from ..._errors import InvalidInputError, WaitTimeoutError
from ..._files import replacement
from .document import parse_kubeconfig

try:
    import yaml
except ImportError:  # the entry point reports what is missing
    pass

_LARGEST = 8 * 1024 * 1024  # of a kubeconfig with a thousand clusters
_LOCK_SECONDS = 60.0  # whoever holds the lock reads and writes one small file
_LOCK_POLL_SECONDS = 0.05
_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_REMEDIES = {
    errno.ENOSPC: "Free space on its disk.",
    errno.EDQUOT: "Free space on its disk: the user's quota is used up.",
    errno.EFBIG: "Raise the limit of a file's size ('ulimit -f').",
    errno.EROFS: "Give a path on a file system that is not mounted read-only.",
    errno.EACCES: "Give the user who runs the task the right to the file and its directory, or give another path.",
    errno.EPERM: "Give the user who runs the task the right to the file and its directory, or give another path.",
    errno.EMFILE: "Raise the limit of open files ('ulimit -n').",
    errno.ENAMETOOLONG: "Give a shorter path.",
    errno.ELOOP: "Correct the links, which lead in a circle.",
    errno.EIO: "Check the disk.",
}


def read_kubeconfig(path: Path) -> dict[str, Any]:
    """The kubeconfig in a file, an empty one where there is no file. Raises InvalidInputError."""
    try:
        data = read_file(path)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _unusable(path, "read", "UnreadableFile", error) from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"{path} can't be read: it is not UTF-8.",
            code="UnreadableFile",
            cause="A kubeconfig must be a UTF-8 file. This one is left as it is.",
            remedy="Give another path, or move the file away.",
        ) from error
    return parse_kubeconfig(text, source=str(path))


def read_file(path: Path) -> bytes:
    """The content of a regular file of bearable size. Raises OSError, and InvalidInputError for what is none."""
    try:
        status = path.stat()
    except ValueError as error:
        raise InvalidInputError(
            f"{str(path)!r} can't be read: it holds a character that no path has.",
            code="UnreadableFile",
            cause="The path is damaged.",
            remedy="Correct the path.",
        ) from error
    _refuse_special(path, status)
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a named pipe put there since would not be waited for
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        _refuse_special(path, status)
        if status.st_size > _LARGEST:
            raise InvalidInputError(
                f"{path} can't be read: it has {status.st_size // 1024**2} MiB.",
                code="UnreadableFile",
                cause="No kubeconfig, token or certificate is that large.",
                remedy="Check the path.",
            )
        return file.read(_LARGEST)


def _refuse_special(path: Path, status: os.stat_result) -> None:
    """What is no regular file is neither read nor replaced. Raises InvalidInputError."""
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise InvalidInputError(
            f"{path} is {kind}, not a file.",
            code="NoRegularFile",
            cause="It can't hold a kubeconfig, and writing one would destroy it.",
            remedy="Give the path of a file.",
        )


@contextmanager
def locked(path: Path, clock: Clock) -> Iterator[None]:
    """Nobody else of this collection changes the file while the context lasts. Raises InvalidInputError, WaitTimeoutError.

    What is locked is the file's directory, because the file itself is replaced, and because nothing is left of such a lock when whoever
    holds it is killed. Programs that don't ask for the lock, as kubectl, are not kept away by it.
    """
    path = path.resolve()  # a link stays one
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise _unusable(path, "written", "UnwritableFile", error) from error
    try:
        _take(handle, path, Deadline(clock, _LOCK_SECONDS))
        for left in path.parent.glob(f"{_glob_escaped(_prefix(path))}*"):  # by a write that was killed
            left.unlink(missing_ok=True)
        yield
    finally:
        os.close(handle)


def _take(handle: int, path: Path, deadline: Deadline) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if deadline.passed:
                raise WaitTimeoutError(
                    f"{path} is being changed by another task, and still is after {deadline.timeout:.0f} s.",
                    cause="The other task holds the lock of the file's directory, and may have been stopped.",
                    remedy=f"Look for it with 'fuser -v {path.parent}', and run the task again.",
                ) from None
        except OSError as error:
            raise _unusable(path, "locked", "UnwritableFile", error) from error
        deadline.sleep(_LOCK_POLL_SECONDS)


def write_kubeconfig(path: Path, config: Mapping[str, Any]) -> None:
    """Write the whole file at once, readable by its owner only; a reader sees the old file or the new one. Raises InvalidInputError."""
    given, path = path, path.resolve()  # a link stays one
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if given.exists():
            _refuse_special(given, given.stat())
        _replace(path, config)
    except OSError as error:
        raise _unusable(path, "written", "UnwritableFile", error) from error


def remove_kubeconfig(path: Path) -> None:
    """Remove the file; where the path is a link, what it leads to. One that is gone already is fine. Raises InvalidInputError."""
    path = path.resolve()
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _unusable(path, "removed", "UnwritableFile", error) from error


def _unusable(path: Path, participle: str, code: str, error: OSError) -> InvalidInputError:
    """The system's words, without the number and the path that go with them."""
    reason = error.strerror or str(error)
    remedy = _REMEDIES.get(error.errno or 0, "Check the path and its rights.")
    return InvalidInputError(f"{path} can't be {participle}: {reason}.", code=code, cause="", remedy=remedy)


def _prefix(path: Path) -> str:
    return f".{path.name}.gpuops-aks-"


def _glob_escaped(text: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in text)


def _replace(path: Path, config: Mapping[str, Any]) -> None:
    with replacement(path, prefix=_prefix(path)) as file:
        yaml.safe_dump(dict(config), file, sort_keys=False, allow_unicode=True, encoding="utf-8")
        file.flush()
        os.fsync(file.fileno())
