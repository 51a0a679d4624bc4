# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The bandwidth from each device to each other one, and whether the data arrives unchanged."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Set

from . import facts, output
from .bench import Bench, ranged, u32
from .cuda import Cuda, Pointer
from .process import Outcome, Report
from .worker import open_device

_GIGA = 1e9
# By the UUID of the sender, what it sent to each other device.
Rows = Dict[str, List[Dict[str, Any]]]

_SMALLEST, _MOST = 64 * 1024, 256 << 20


class _End(NamedTuple):
    """A device that sends from one buffer and receives in the other."""

    uuid: str
    bench: Bench
    source: Pointer
    target: Pointer
    size: int


def measure(uuids: Sequence[str], run: output.Run, report: Report) -> None:
    """Send `peers`, the list of each UUID, as far as it is measured, and `pair`, the two devices at work."""
    report.begin("peers", pair=list(uuids), peers={})
    cuda = Cuda(report.entering)
    peers: Rows = {uuid: [] for uuid in uuids}
    with ExitStack() as allocations:
        ends = [_end(cuda, index, uuid, run, allocations) for index, uuid in enumerate(uuids)]
        for sender in ends:
            for receiver in ends:
                if receiver is not sender:
                    report.begin("peers", pair=[sender.uuid, receiver.uuid])
                    peers[sender.uuid].append(_copy(sender, receiver))
                    report.send(peers=peers)


def _end(cuda: Cuda, index: int, uuid: str, run: output.Run, allocations: ExitStack) -> _End:
    device = open_device(cuda, index, uuid)
    size = _SMALLEST
    while size * 2 <= min(_MOST, device.free_bytes() // 8):
        size *= 2
    bench = Bench(device, output.device_record(run, {"uuid": uuid}, simulated=cuda.simulated), run, facts.unknown_state)
    source, target = allocations.enter_context(device.memory(size, size))
    return _End(uuid, bench, source, target, size)


def _copy(sender: _End, receiver: _End) -> Dict[str, Any]:
    """Copy a pattern from one device to the other: the bandwidth, and how many words came out wrong."""
    source, target = sender.bench.device, receiver.bench.device
    seed = sender.bench.seed(receiver.uuid)
    words = min(sender.size, receiver.size) // 4
    source.use()
    direct = source.reach(target)
    source.launch("fill_pattern", words, sender.source, u32(words), seed, u32(0))

    def seconds(size: int) -> float:
        return source.seconds(lambda: source.copy_to_peer(receiver.target, target, sender.source, size))

    size = ranged(_SMALLEST, words * 4, seconds)
    speed = size / sender.bench.best_seconds(lambda: source.copy_to_peer(receiver.target, target, sender.source, size)) / _GIGA
    target.use()
    wrong = receiver.bench.errors_of(
        lambda errors: target.launch("check_pattern", size // 4, receiver.target, u32(size // 4), seed, u32(0), errors)
    )
    return {"uuid": receiver.uuid, "gb_s": round(speed, 1), "direct": direct, "wrong": wrong}


def add(record: Dict[str, Any], outcome: Outcome) -> None:
    """Add what was measured from a device to its record, with the check of what it sent and received."""
    uuid = record["device"]["uuid"]
    rows = outcome.fields.get("peers", {})
    record["peers"] = [{"uuid": row["uuid"], "gb_s": row["gb_s"]} for row in rows.get(uuid, [])]
    problem = _problem(uuid, rows, outcome)
    if problem:
        code = outcome.error["code"] if outcome.error is not None and uuid not in _blamed(rows) else None
        record["checks"].append({"name": "peers", "passed": False, "detail": problem, "code": code})
    elif record["peers"]:
        slowest = min(row["gb_s"] for row in record["peers"])
        record["checks"].append(
            {"name": "peers", "passed": True, "detail": f"{slowest} GB/s or more to {len(record['peers'])} other devices"}
        )


def _problem(uuid: str, rows: Rows, outcome: Outcome) -> Optional[str]:
    if uuid in _blamed(rows):
        others = [f"{row['wrong']} words to {row['uuid']}" for row in rows[uuid] if row["wrong"]]
        others += [
            f"{row['wrong']} words from {sender}" for sender, sent in rows.items() for row in sent if row["wrong"] and row["uuid"] == uuid
        ]
        return f"changed on the way: {', '.join(others)}"
    pair = outcome.fields.get("pair", [uuid])
    if outcome.error is None or uuid not in pair:
        return None
    return f"{' and '.join(pair)}: {output.describe(outcome.error)}"


def _blamed(rows: Rows) -> Set[str]:
    """The devices without which all data would have arrived unchanged; both of a pair if there is nothing to tell them apart."""
    wrong = [{sender, row["uuid"]} for sender, sent in rows.items() for row in sent if row["wrong"]]
    blamed: Set[str] = set()
    while wrong:
        blamed |= _most_frequent(wrong)
        wrong = [pair for pair in wrong if not pair & blamed]
    return blamed


def _most_frequent(pairs: Sequence[Set[str]]) -> Set[str]:
    times = Counter(uuid for pair in pairs for uuid in pair)
    return {uuid for uuid in times if times[uuid] == max(times.values())}
