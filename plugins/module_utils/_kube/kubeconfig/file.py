# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads, locks and atomically replaces a kubeconfig file."""

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

_MAX_BYTES = 8 * 1024 * 1024  # a kubeconfig with a thousand clusters
_LOCK_SECONDS = 60.0  # a task holds the lock only while it reads and writes one small file
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
    errno.EDQUOT: "Free space on its disk; the user's quota is used up.",
    errno.EFBIG: "Raise the limit on the size of files ('ulimit -f').",
    errno.EROFS: "Set a path on a file system that is not mounted read-only.",
    errno.EACCES: "Give the user that runs the task access to the file and its directory, or set another path.",
    errno.EPERM: "Give the user that runs the task access to the file and its directory, or set another path.",
    errno.EMFILE: "Raise the limit on open files ('ulimit -n').",
    errno.ENAMETOOLONG: "Set a shorter path.",
    errno.ELOOP: "Correct the symbolic links, which form a loop.",
    errno.EIO: "Check the disk.",
}


def read_kubeconfig(path: Path) -> dict[str, Any]:
    """The kubeconfig in a file; an empty one if the file does not exist. Raises InvalidInputError."""
    try:
        data = read_file(path)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _file_error(path, "read", "UnreadableFile", error) from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"{path} cannot be read and was not changed: it is not UTF-8.",
            code="UnreadableFile",
            cause="A kubeconfig must be encoded in UTF-8.",
            remedy="Set another path, or move the file away.",
        ) from error
    return parse_kubeconfig(text, source=str(path))


def read_file(path: Path) -> bytes:
    """The content of a file. Raises OSError, and InvalidInputError if it is not a regular file or too large."""
    try:
        status = path.stat()
    except ValueError as error:
        raise InvalidInputError(
            f"{str(path)!r} cannot be read: the path contains a null character.",
            code="UnreadableFile",
            cause="The path is damaged.",
            remedy="Correct the path.",
        ) from error
    _refuse_special(path, status)
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # non-blocking, in case a named pipe has replaced the file
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        _refuse_special(path, status)
        if status.st_size > _MAX_BYTES:
            raise InvalidInputError(
                f"{path} cannot be read: it has {status.st_size // 1024**2} MiB.",
                code="UnreadableFile",
                cause="A kubeconfig, token or certificate is much smaller than that.",
                remedy="Check the path.",
            )
        return file.read(_MAX_BYTES)


def _refuse_special(path: Path, status: os.stat_result) -> None:
    """Refuse to read or replace anything but a regular file. Raises InvalidInputError."""
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise InvalidInputError(
            f"{path} is {kind}, not a file.",
            code="NoRegularFile",
            cause="It cannot hold a kubeconfig, and writing one would destroy it.",
            remedy="Set the path of a file.",
        )


@contextmanager
def locked(path: Path, clock: Clock) -> Iterator[None]:
    """Keep other tasks of this collection from changing the file in this context. Raises InvalidInputError, WaitTimeoutError.

    The lock is on the file's directory, because the file itself is replaced and because the system releases the lock of a killed process.
    Programs that do not take the lock, such as kubectl, are not kept away.
    """
    path = path.resolve()  # so that a symbolic link stays one
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise _file_error(path, "written", "UnwritableFile", error) from error
    try:
        _acquire(handle, path, Deadline(clock, _LOCK_SECONDS))
        for leftover in path.parent.glob(f"{_glob_escaped(_prefix(path))}*"):  # of a write that was killed
            leftover.unlink(missing_ok=True)
        yield
    finally:
        os.close(handle)


def _acquire(handle: int, path: Path, deadline: Deadline) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if deadline.passed:
                raise WaitTimeoutError(
                    f"{path} is still locked by another task after {deadline.timeout:.0f} s.",
                    cause="The other task holds the lock on the file's directory and may be suspended.",
                    remedy=f"Find it with 'fuser -v {path.parent}', and run the task again.",
                ) from None
        except OSError as error:
            raise _file_error(path, "locked", "UnwritableFile", error) from error
        deadline.sleep(_LOCK_POLL_SECONDS)


def write_kubeconfig(path: Path, config: Mapping[str, Any]) -> None:
    """Replace the file atomically, readable by its owner only. Raises InvalidInputError."""
    target = path.resolve()  # so that a symbolic link stays one
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists():
            _refuse_special(path, path.stat())
        _replace(target, config)
    except OSError as error:
        raise _file_error(target, "written", "UnwritableFile", error) from error


def remove_kubeconfig(path: Path) -> None:
    """Remove the file, or the target of a symbolic link, if it exists. Raises InvalidInputError."""
    path = path.resolve()
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _file_error(path, "removed", "UnwritableFile", error) from error


def _file_error(path: Path, participle: str, code: str, error: OSError) -> InvalidInputError:
    """The error for a file that cannot be read, written or removed, with the system's reason."""
    reason = error.strerror or str(error)
    remedy = _REMEDIES.get(error.errno or 0, "Check the path and its permissions.")
    return InvalidInputError(f"{path} cannot be {participle}.", code=code, cause=f"{reason}.", remedy=remedy)


def _prefix(path: Path) -> str:
    return f".{path.name}.gpuops-aks-"


def _glob_escaped(text: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in text)


def _replace(path: Path, config: Mapping[str, Any]) -> None:
    with replacement(path, prefix=_prefix(path)) as file:
        yaml.safe_dump(dict(config), file, sort_keys=False, allow_unicode=True, encoding="utf-8")
        file.flush()
        os.fsync(file.fileno())
