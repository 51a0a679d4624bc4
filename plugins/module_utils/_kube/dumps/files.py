# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Opens what a customer sends: files, directories and archives, each file as text, whatever wrote it.

Nothing is unpacked to the disk, and no file is read at once.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any, Callable, Iterator, Mapping, NamedTuple, Sequence

_BUFFER = 1 << 18
# PowerShell's > writes UTF-16, and Windows' editors a mark at the beginning of UTF-8.
_MARKS = ((b"\xff\xfe\x00\x00", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
# What a file begins with that is compressed alone, and not as a part of an archive.
_COMPRESSED: Mapping[bytes, Callable[[Any], Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
_TAR, _TAR_AT = b"ustar", 257
# How many bytes show the encoding.
_HEAD = 512
# More than any dump has, unlike an archive that was made to fill the memory of whoever reads it.
_MOST = 4 << 30
# What reading raises for a file or an archive that is damaged.
DAMAGED = (OSError, EOFError, UnicodeError, NotImplementedError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile)


class DumpFile(NamedTuple):
    """A file of a dump.

    Attributes:
        name: Its path inside the dump, with slashes.
        text: Its content, which ends where the file or its archive is damaged.
        damages: What was wrong there, once the text has been read.
    """

    name: str
    text: IO[str]
    damages: Sequence[BaseException]


class Unreadable(NamedTuple):
    """A file that cannot be opened, and why."""

    name: str
    why: str


def dump_files(paths: Sequence[str]) -> Iterator[DumpFile | Unreadable]:
    """Every file of the paths, which may be files, directories, and archives made with tar or zip."""
    for path in map(Path, paths):
        if path.is_dir():
            yield from _in_directory(path)
        elif path.is_file():
            yield from _safely(path.name, path)
        else:  # to open a pipe is to wait for whoever writes to it
            yield Unreadable(path.name, "it is neither a file nor a directory")


def _in_directory(path: Path) -> Iterator[DumpFile | Unreadable]:
    """Every file below a directory. Links are not followed, and pipes and devices are skipped."""
    unreadable: list[OSError] = []
    for directory, directories, names in os.walk(path, onerror=unreadable.append):
        directories.sort()
        for each in (Path(directory, name) for name in sorted(names)):
            if each.is_file() and not each.is_symlink():
                yield from _safely(each.relative_to(path.parent).as_posix(), each)
    yield from (Unreadable(os.path.relpath(error.filename, path.parent), damage(error)) for error in unreadable)


def _safely(name: str, path: Path) -> Iterator[DumpFile | Unreadable]:
    try:
        yield from _opened(name, path)
    except DAMAGED as error:
        yield Unreadable(name, damage(error))


def damage(error: BaseException) -> str:
    """What one of the errors of DAMAGED says about a file."""
    return f"it cannot be read ({str(error) or type(error).__name__})"


def _opened(name: str, path: Path) -> Iterator[DumpFile | Unreadable]:
    if tarfile.is_tarfile(path):
        yield from _in_tar(path)
    elif zipfile.is_zipfile(path):
        yield from _in_zip(path)
    else:
        with path.open("rb") as stream:
            yield from _as_text(name, stream)


def _in_tar(path: Path) -> Iterator[DumpFile | Unreadable]:
    with tarfile.open(path) as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is not None:
                yield from _as_text(member.name, stream)


def _in_zip(path: Path) -> Iterator[DumpFile | Unreadable]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.flag_bits & 1:
                yield Unreadable(member.filename, "it is encrypted")
            elif not member.is_dir():
                with archive.open(member) as stream:
                    yield from _as_text(member.filename, stream)


def _as_text(name: str, stream: Any) -> Iterator[DumpFile | Unreadable]:
    damages: list[BaseException] = []
    buffered = io.BufferedReader(_Raw(stream.read1, damages), _BUFFER)
    opened = next((opened for mark, opened in _COMPRESSED.items() if buffered.peek(_HEAD).startswith(mark)), None)
    if opened is not None:
        buffered = io.BufferedReader(_Raw(opened(buffered).read1, damages), _BUFFER)
    head = buffered.peek(_HEAD)[:_HEAD]
    if head[_TAR_AT:].startswith(_TAR) or head.startswith((*_COMPRESSED, b"PK\x03\x04")):
        yield Unreadable(name, "it is an archive inside another one. Unpack the outer one first")
        return
    text = io.TextIOWrapper(buffered, encoding=_encoding(head), errors="replace")
    yield DumpFile(name, text, damages)
    text.detach()


def _encoding(head: bytes) -> str:
    marked = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)
    if marked is not None:
        return marked
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 4:  # UTF-16 without its mark: every second byte of ASCII is 0
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8"


class _Raw(io.RawIOBase):
    """A stream that can only be read, as one that can be buffered: archives return streams of several kinds. It has an end.

    It ends where it is damaged, too, so that what is buffered is not lost.
    """

    def __init__(self, read: Callable[[int], bytes], damages: list[BaseException]) -> None:
        self._read = read
        self._damages = damages
        self._left = _MOST

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer, or a part of it."""
        try:
            data = b"" if self._damages else self._read(len(buffer))
        except DAMAGED as error:
            self._damages.append(error)
            data = b""
        self._left -= len(data)
        if self._left < 0:
            raise OSError(f"it is larger than {_MOST >> 30} GiB")
        buffer[: len(data)] = data
        return len(data)
