# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from typing import Iterator

try:
    from urllib3 import BaseHTTPResponse
except ImportError:  # the door reports what is missing
    pass


def whole_lines(response: BaseHTTPResponse) -> Iterator[bytes]:
    """The lines of a stream as they come: a chunk may hold half a line, and one that is cut is not told. Raises urllib3's HTTPError."""
    rest = b""
    for chunk in response.stream(amt=None, decode_content=True):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole


def cut(response: BaseHTTPResponse | None) -> None:
    """End a stream that another thread reads, also while that waits for the server."""
    if response is not None:
        try:
            response.shutdown()
        except (RuntimeError, ValueError):
            pass  # it has just come to its end by itself
