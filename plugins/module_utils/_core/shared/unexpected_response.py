# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What to report about a response that came from neither Azure nor an API server, such as a proxy's login page."""

from __future__ import annotations

import html
import re

_TITLE = re.compile(rb"<title[^<>]*>([^<]{1,100})", re.IGNORECASE)  # no part of it can begin anew inside another: linear


def is_page(content_type: str) -> bool:
    """Whether a response of this type is a web page, which neither Azure nor an API server returns to a program."""
    return content_type.strip().lower().startswith("text/html")


def response_summary(status: int, content_type: str, body: bytes) -> str:
    """A summary of a response from something else: its status, its type and the title of a page.

    No other text of it, because a proxy's page may contain the request's headers.
    """
    kind = content_type.partition(";")[0].strip()
    title = _TITLE.search(body)
    shown = " ".join(html.unescape(title[1].decode(errors="replace")).split()) if title else ""
    return " ".join(part for part in (f"HTTP {status}", f"with {kind}" if kind else "", f"'{shown}'" if shown else "") if part)
