# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a path may lead to that is no file."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

_DEVICE = Path(os.devnull)


@pytest.fixture(
    params=["directory", "pipe", "socket", "device", "link to a pipe", "link to a device", "link to a directory", "nameless pipe"]
)
def special(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """What exists and is no file; a nameless pipe is what /dev/stdout leads to where output is piped on."""
    kind: str = request.param.removeprefix("link to a ")
    path = tmp_path / "special"
    with ExitStack() as stack:
        if kind == "device":
            path = _DEVICE
        elif kind == "directory":
            path.mkdir()
        elif kind == "socket":
            stack.enter_context(socket.socket(socket.AF_UNIX)).bind(str(path))
        elif kind == "pipe":
            os.mkfifo(path)
        else:
            ends = [stack.enter_context(os.fdopen(end)) for end in os.pipe()]
            path = Path(f"/dev/fd/{ends[0].fileno()}")
        if kind != request.param:
            (tmp_path / "link").symlink_to(path)
            path = tmp_path / "link"
        yield path
