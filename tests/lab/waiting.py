# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for the first of several events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable


async def any_of(events: Iterable[asyncio.Event], *, timeout_s: float | None) -> None:
    """Returns when one of the events is set, or after so many real seconds; None waits for ever."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
