# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import asyncio

import pytest

from tests.lab.podlogs import ContainerLog, Line, LogOptions, render, timestamp

SECOND = 10**9


def log_of(*texts: str) -> ContainerLog:
    log = ContainerLog()
    log.lines = [Line(second * SECOND, text.encode()) for second, text in enumerate(texts)]
    log.ended = True
    return log


def read(log: ContainerLog, **options: object) -> str:
    async def collect() -> bytes:
        return b"".join([data async for data in log.read(LogOptions(**options))])  # type: ignore[arg-type]

    return asyncio.run(collect()).decode()


def test_timestamp_has_nanoseconds() -> None:
    assert timestamp(1_700_000_000 * SECOND + 7) == "2023-11-14T22:13:20.000000007Z"


def test_rendered_with_and_without_time() -> None:
    line = Line(0, b"hello")
    assert render(line, LogOptions()) == b"hello\n"
    assert render(line, LogOptions(timestamps=True)) == b"1970-01-01T00:00:00.000000000Z hello\n"


@pytest.mark.parametrize(("tail", "expected"), [(None, "a\nb\nc\n"), (2, "b\nc\n"), (0, ""), (9, "a\nb\nc\n")])
def test_tail(tail: int | None, expected: str) -> None:
    assert read(log_of("a", "b", "c"), tail_lines=tail) == expected


def test_since_lets_its_own_moment_through() -> None:
    assert read(log_of("a", "b", "c"), since_ns=SECOND) == "b\nc\n"


@pytest.mark.parametrize(("limit", "expected"), [(1, "a"), (3, "a\nb"), (100, "a\nb\n")])
def test_limit_cuts_at_the_byte(limit: int, expected: str) -> None:
    assert read(log_of("a", "b"), limit_bytes=limit) == expected


def test_follow_waits_for_more_and_ends_with_the_container() -> None:
    async def scenario() -> list[bytes]:
        log = ContainerLog()
        await log.write(b"first")
        seen: list[bytes] = []

        async def follow() -> None:
            seen.extend([data async for data in log.read(LogOptions(follow=True))])

        following = asyncio.create_task(follow())
        await asyncio.sleep(0)
        await log.write(b"second")
        await log.end()
        await following
        return seen

    assert asyncio.run(scenario()) == [b"first\n", b"second\n"]


def test_options_of_a_request() -> None:
    query = {"follow": "true", "timestamps": "1", "tailLines": "5", "limitBytes": "10", "sinceTime": "1970-01-01T00:00:02Z"}
    options = LogOptions.parse(query, now_ns=0)
    assert options == LogOptions(follow=True, timestamps=True, tail_lines=5, limit_bytes=10, since_ns=2 * SECOND)
    assert LogOptions.parse({"sinceSeconds": "3"}, now_ns=10 * SECOND).since_ns == 7 * SECOND
    assert LogOptions.parse({}, now_ns=0) == LogOptions()


@pytest.mark.parametrize("query", [{"tailLines": "-1"}, {"limitBytes": "0"}, {"tailLines": "x"}, {"sinceTime": "yesterday"}])
def test_senseless_options_are_refused(query: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        LogOptions.parse(query, now_ns=0)
