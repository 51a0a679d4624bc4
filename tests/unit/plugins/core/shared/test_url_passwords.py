# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.url_passwords import passwords, without_password


@pytest.mark.parametrize(
    ("text", "shown", "hidden"),
    [
        ("https://me:s3cret@api:6443/path", "https://me:***@api:6443/path", {"s3cret"}),
        ("http://s3cret@proxy:3128", "http://***@proxy:3128", {"s3cret"}),
        ("socks5h://me:p@ss@proxy", "socks5h://me:***@proxy", {"p@ss"}),
        ("no answer from https://me:s3cret@api and https://api", "no answer from https://me:***@api and https://api", {"s3cret"}),
        ("https://me:s3cret@api:8443/x?y=a@b", "https://me:***@api:8443/x?y=a@b", {"s3cret"}),
        ("https://u:p1@one, nor http://u:p2@two", "https://u:***@one, nor http://u:***@two", {"p1", "p2"}),
        ("https://api/a@b:c", "https://api/a@b:c", set()),
        ("git@github.com:x", "git@github.com:x", set()),
        ("https://me:@api", "https://me:***@api", set()),
        ("", "", set()),
    ],
)
def test_password_in_a_url_is_found_and_masked(text: str, shown: str, hidden: set[str]) -> None:
    assert without_password(text) == shown
    assert passwords({"a": text, "b": None, "c": 7}) == hidden


@pytest.mark.parametrize("text", ["a" * 200_000, "a://" * 50_000, "https://" + "a" * 200_000, "https://a:b" * 20_000])
def test_long_text_is_searched_quickly(text: str) -> None:
    before = time.monotonic()
    without_password(text)
    assert time.monotonic() - before < 2
