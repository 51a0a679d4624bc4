# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Finds the numbers and codes of the catalog in a message, and says what the worst of them means and takes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Sequence

from ..shared.explanation import Explanation
from .fault import Action, Fault, Owner
from .nhc_codes import DICTIONARY, NHC_CODES
from .results import RESULTS
from .sxids import GUIDE, SXIDS
from .xids import APPLICATION_XIDS, CATALOG, RECOVERY_ACTION, RECOVERY_ACTIONS, XIDS

_NUMBERS = r"(?:\d{1,3}(?:(?:[,;/&]? ?| & |,? and )\b\d{1,3}){0,20})"
# As the kernel writes it, "NVRM: Xid (PCI:0002:00:00): 78", and as the plugin, AKS' node problem detector and people do: Xid=48, Xid 79,
# XIDs: 13, 31, XID 13 and 79, [13 31].
_XIDS = re.compile(rf"\bxid(?:s|[a-z]{{0,8}} ?errors?)?(?: ?\([^)]{{0,60}}\))?[ =:#[]{{0,4}}({_NUMBERS})\b", re.IGNORECASE)
_SXIDS = re.compile(r"\bSXid(?: ?\([^)]{0,60}\))?[ =:#[]{0,4}(\d{5})\b", re.IGNORECASE)
_NHC = re.compile(r"\bNHC\d{4}\b")
_RESULTS = re.compile(r"\b(?:CUDA|NVML)_ERROR_[A-Z_]{2,60}\b")
_RECOVERY = re.compile(r"recovery action changed from 0x\d{1,2} \([^)]{0,40}\) to 0x(\d{1,2})")
# The plugin takes a device out of service after every Xid that is not an application's, and until its own end.
_MARKED = "marking device as unhealthy"
_PLUGIN_AGAIN = " Then delete the device plugin's pod on the node: it offers a device that it has marked unhealthy only after a restart."


def xids_in(text: str) -> list[int]:
    """The Xid error numbers in a message, sorted."""
    return sorted({int(number) for match in _XIDS.finditer(text) for number in re.findall(r"\d{1,3}", match[1])})


def only_applications(text: str) -> bool:
    """Whether a message names only Xid errors that applications cause."""
    named = xids_in(text)
    return bool(named) and all(number in APPLICATION_XIDS for number in named)


def faults_in(text: str) -> list[Fault]:
    """The faults that a message names, the one that takes most first."""
    found = [
        *(_xid(number, text) for number in xids_in(text)),
        *(SXIDS.get(int(number)) or _unknown("SXid", number, GUIDE) for number in _SXIDS.findall(text)),
        *(NHC_CODES.get(code) or _unknown("Fault code", code, DICTIONARY) for code in _NHC.findall(text)),
        *(RESULTS[name] for name in _RESULTS.findall(text) if name in RESULTS),
    ]
    return sorted(dict.fromkeys(found), key=lambda fault: -fault.action)


def _xid(number: int, text: str) -> Fault:
    fault = XIDS.get(number) or _unknown("Xid", str(number), CATALOG)
    asked = _RECOVERY.search(text) if number == RECOVERY_ACTION else None
    return replace(fault, action=RECOVERY_ACTIONS.get(int(asked[1]), fault.action)) if asked else fault


def _unknown(kind: str, code: str, where: str) -> Fault:
    meaning = f"the collection does not know this number; look it up in {where}"
    return Fault(kind, code, "", meaning, Owner.UNCLEAR, Action.RESTART, where)


def explained_by_faults(explanation: Explanation, text: str) -> Explanation:
    """An explanation with the meaning and the remedy of the faults that the text names; unchanged if it names none.

    Args:
        explanation: The explanation without the numbers.
        text: The message, log line or condition.
    """
    faults = faults_in(text)
    if not faults:
        return explanation
    worst = faults[0]
    remedy = worst.remedy if worst.known else explanation.remedy
    if _MARKED in text and worst.known and worst.action <= Action.RESTART:
        remedy += _PLUGIN_AGAIN
    severity = "warning" if worst.passes else explanation.severity
    return replace(explanation, cause=f"{explanation.cause} {_sentences(faults)}", remedy=remedy, severity=severity)


def _sentences(faults: Sequence[Fault]) -> str:
    shown = faults[:3]
    return " ".join(each.sentence if each.owner is Owner.UNCLEAR else f"{each.sentence[:-1]} ({each.owner.value})." for each in shown)
