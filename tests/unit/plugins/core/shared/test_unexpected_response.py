# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.unexpected_response import response_summary


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html><TITLE lang=en>Sign\n in</title>", "HTTP 200 with text/html 'Sign in'"),
        (b"<title <title>Sign in</title>", "HTTP 200 with text/html 'Sign in'"),
        (b"<title>", "HTTP 200 with text/html"),
        (b"<title></title>", "HTTP 200 with text/html"),
    ],
)
def test_title_of_a_web_page_is_quoted(body: bytes, told: str) -> None:
    assert response_summary(200, "text/html; charset=utf-8", body) == told


@pytest.mark.parametrize("part", [b"<title", b"<title ", b"<title>" + b"x" * 200, b"<"])
def test_web_page_of_four_megabytes_is_searched_in_linear_time(part: bytes) -> None:
    started = time.process_time()
    response_summary(200, "text/html", part * (4_000_000 // len(part)))
    assert time.process_time() - started < 2
