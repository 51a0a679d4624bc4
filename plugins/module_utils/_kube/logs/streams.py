# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Lines of a streamed response, and how another thread ends such a stream."""

from __future__ import annotations

from typing import Iterator

from ..._core.shared.log_lines import LineSplitter

try:
    from urllib3 import BaseHTTPResponse
except ImportError:  # the entry point reports what is missing
    pass

# As much is taken at a time where a server sends more; what it has sent is never waited on.
_CHUNK = 65536
# An object is 1.5 MB at most, by the limit of etcd.
_MOST_BYTES = 32 * 1024 * 1024


def whole_lines(response: BaseHTTPResponse) -> Iterator[bytes]:
    """The lines of a stream as they come: a chunk may hold half a line, and one that is cut is not told.

    Raises urllib3's HTTPError, and ValueError for a line that no API server sends.
    """
    parts: list[bytes] = []
    size = 0
    for chunk in response.stream(_CHUNK, decode_content=True):
        *whole, rest = chunk.split(b"\n")
        if whole:
            yield b"".join([*parts, whole[0]])
            yield from whole[1:]
            parts, size = [], 0
        parts.append(rest)
        size += len(rest)
        if size > _MOST_BYTES:
            raise ValueError(f"a line of more than {_MOST_BYTES} bytes")


def log_lines(response: BaseHTTPResponse, *, followed: bool) -> Iterator[str]:
    """The lines of a log as they come, long ones cut; the end of a followed log waits for its newline. Raises urllib3's HTTPError."""
    splitter = LineSplitter()
    for chunk in response.stream(_CHUNK, decode_content=True):
        yield from splitter.feed(chunk)
    if not followed:
        yield from splitter.rest()


def cut(response: BaseHTTPResponse | None) -> None:
    """End a stream that another thread reads, also while that waits for the server."""
    if response is not None:
        try:
            response.shutdown()
        except (OSError, RuntimeError, ValueError):
            pass  # it has just come to its end by itself, or its socket has
