# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What the program's line about one device shows: errors, failed checks, what is left out, and warnings."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping, Tuple

from ..shared.explanation import Explanation
from ..shared.mappings import Json
from .challenge import expected_answer
from .findings import CHALLENGE_FAILED, GPU_THROTTLED, NO_REPORT, REMAP_PENDING
from .jobs import ProofSettings
from .meanings import explanation_of_check, explanation_of_error
from .report import counters, throttled

Shown = Tuple[Explanation, str]
_PEERS = "peers"
# Without these, a device has not been proven, whatever the others say.
_SMOKE = ("challenge", "copy", "memory_bandwidth", "sgemm", "memory", "ecc")
_REQUIRED = {"smoke": _SMOKE, "train": (*_SMOKE, "train"), "stress": (*_SMOKE, "train", "stress")}


def required_checks(lines: Iterable[Json], level: str) -> frozenset[str]:
    """The checks that a device has to pass. Several whole devices that work also have to copy between each other."""
    sound = [line for line in lines if not line["device"].get("parent_uuid") and _is_sound(line)]
    return frozenset((*_REQUIRED[level], _PEERS) if len(sound) > 1 else _REQUIRED[level])


def _is_sound(line: Json) -> bool:
    return not line.get("error") and all(check["passed"] for check in line["checks"] if check["name"] != _PEERS)


def shown(line: Json, settings: ProofSettings, required: frozenset[str]) -> list[Shown]:
    """Everything that the line shows of its device, with the evidence."""
    errors = list(_errors(line))
    failed = [each for each in _failed(line) if each[0] not in [explanation for explanation, _evidence in errors]]
    if not errors:  # otherwise, the rest was never begun
        failed = [*_unanswered(line, settings), *failed, *_left_out(line, required)]
    return [*errors, *failed, *_warnings(line)]


def _errors(line: Json) -> Iterator[Shown]:
    """What the program could not do."""
    error: Mapping[str, Any] = line.get("error") or {}
    if error:
        code = str(error.get("code") or "")
        said = f"{error.get('call') or 'a call'} during {error.get('during') or 'the proof'}: {code}: {error.get('meaning') or ''}"
        yield explanation_of_error(code, timeout=bool(error.get("timeout"))), said.rstrip(": ")


def _unanswered(line: Json, settings: ProofSettings) -> Iterator[Shown]:
    uuid = line["device"].get("uuid")
    if uuid is None or line.get("challenge") != expected_answer(settings.nonce, uuid):
        yield CHALLENGE_FAILED, f"it answered {str(line.get('challenge'))[:64]}"


def _failed(line: Json) -> Iterator[Shown]:
    """What the device has shown to be wrong, or could not show because of an error."""
    for check in line["checks"]:
        if not check["passed"]:
            said = f"check {check['name']}: {check.get('detail') or 'failed'}"
            yield explanation_of_check(check["name"], check.get("code")), said


def _left_out(line: Json, required: frozenset[str]) -> Iterator[Shown]:
    absent = required - {check["name"] for check in line["checks"]}
    if absent:
        yield NO_REPORT, f"it did not run {', '.join(sorted(absent))}"


def _warnings(line: Json) -> Iterator[Shown]:
    if counters(line, "after").get("remapped_pending"):
        yield REMAP_PENDING, "remapped_pending"
    reasons = throttled(line)
    if reasons:
        yield GPU_THROTTLED, ", ".join(reasons)
