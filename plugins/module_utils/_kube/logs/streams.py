# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads the lines of a streamed response, and lets another thread end such a stream."""

from __future__ import annotations

from typing import Iterator

from ..._core.shared.log_lines import LineSplitter

try:
    from urllib3 import BaseHTTPResponse
except ImportError:  # the entry point reports what is missing
    pass

# The most to read at a time; less is not waited for.
_CHUNK = 65536
# Far more than an object, which etcd limits to 1.5 MB.
_MAX_BYTES = 32 * 1024 * 1024


def whole_lines(response: BaseHTTPResponse) -> Iterator[bytes]:
    """The complete lines of a stream as they arrive. Raises urllib3's HTTPError, and ValueError for an overlong line."""
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
        if size > _MAX_BYTES:
            raise ValueError(f"a line has more than {_MAX_BYTES} bytes")


def log_lines(response: BaseHTTPResponse, *, followed: bool) -> Iterator[str]:
    """The lines of a log as they arrive, with long ones cut. Raises urllib3's HTTPError.

    Args:
        response: the stream.
        followed: whether the log may still grow, so that a last line without a newline is incomplete and left out.
    """
    splitter = LineSplitter()
    for chunk in response.stream(_CHUNK, decode_content=True):
        yield from splitter.feed(chunk)
    if not followed:
        yield from splitter.rest()


def cut(response: BaseHTTPResponse | None) -> None:
    """End a stream that another thread reads, even if that thread is waiting for the server."""
    if response is not None:
        try:
            response.shutdown()
        except (OSError, RuntimeError, ValueError):
            pass  # the stream or its socket has just been closed
