# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Decodes the answers of Prometheus' API, which can have 40,000 series; with msgspec that takes a fifth of the time and memory."""

from __future__ import annotations

import json
from typing import Any, Callable

from .._core.metrics.prometheus import Answer, Series

try:
    import msgspec
except ImportError:  # optional: without it, decoding takes more time and memory
    msgspec = None  # type: ignore[assignment]

_SHAPES = ("vector", "matrix")


def decoded_answer(content: bytes) -> Answer:
    """The answer of a reply that succeeded. Raises ValueError if it has another form than Prometheus'."""
    return _plain(content) if msgspec is None else _typed(content)


def _plain(content: bytes) -> Answer:
    try:
        body = json.loads(content)
        data = body["data"]
        if body["status"] != "success" or data["resultType"] not in _SHAPES:
            raise ValueError("not an answer of Prometheus")
        series = [Series(json.dumps(each["metric"]).encode(), _points(each)) for each in data["result"]]
        return Answer(series, tuple(map(str, body.get("warnings") or ())))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("not an answer of Prometheus") from error


def _points(series: Any) -> list[tuple[float, str]]:
    values = [series["value"]] if "value" in series else series["values"]
    return [(float(moment), str(value)) for moment, value in values]


def _typed(content: bytes) -> Answer:
    body = _decoder()(content)
    if body.status != "success" or body.data.resultType not in _SHAPES:
        raise ValueError("not an answer of Prometheus")
    series = (Series(bytes(each.metric), each.values or (each.value,)) for each in body.data.result)
    return Answer(series, tuple(body.warnings or ()))


_decoders: list[Callable[[bytes], Any]] = []


def _decoder() -> Callable[[bytes], Any]:
    """A function that decodes a reply, made once; msgspec's errors are ValueErrors."""
    if not _decoders:
        point = tuple[float, str]
        series: Any = msgspec.defstruct("Series", [("metric", msgspec.Raw), ("value", point, (0.0, "")), ("values", list[point], ())])
        data: Any = msgspec.defstruct("Data", [("resultType", str), ("result", list[series])])
        reply: Any = msgspec.defstruct("Reply", [("status", str), ("data", data), ("warnings", list[str], ())])
        _decoders.append(msgspec.json.Decoder(reply).decode)
    return _decoders[0]
