# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The row type of the tables of known messages, and the search for them in a log or message."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Iterable, Sequence

from ..faults.lookup import explained_by_faults
from ..shared.explanation import Explanation

# How many characters of a log line evidence shows, and how many of them before the match.
_LINE, _BEFORE = 300, 200
# What Python's tracebacks print between two chained exceptions.
_CHAINED = ("During handling of the above exception", "direct cause of the following exception")
# What a launcher or Python itself reports about a program that has already failed: torchrun, accelerate, sys.exit.
_AFTERWARDS = ("ChildFailedError", "CalledProcessError", "SystemExit")
# What other processes report after one of them has failed: torch.distributed, torch.multiprocessing, Ray, and vLLM's main process.
_IN_ITS_WAKE = (
    "DistBackendError", "DistNetworkError", "DistStoreError", "ProcessRaisedException", "ProcessExitedException", "BrokenPipeError",
    "ConnectionResetError", "EOFError", "RayTaskError", "WorkerCrashedError",
)  # fmt: skip
_ELSEWHERE = ("NCCL communicator was aborted", "See root cause above", "DataLoader worker")
# The prefix with which torchrun, Ray and vLLM mark the process of a line.
_PROCESS = re.compile(r"\[rank\d{1,4}\]:|\([^()=]{1,40}=\d{1,10}(?:, ip=[\d.]{1,40})?\)")
# How a program ends without an exception, in the words of a shell, the Go runtime and Python's faulthandler.
_ENDS = ("Segmentation fault", "Killed", "Aborted", "Illegal instruction", "Bus error", "Fatal Python error: ", "panic: ", "fatal error: ")


@dataclass(frozen=True)
class Signature:
    """What a message of a log, the kubelet, a controller or the scheduler means.

    No repetition in the pattern is unbounded, because a log may be long and a line may contain anything.

    Attributes:
        explanation: The meaning of the message.
        pattern: The regular expression that recognizes it.
        source: Where the message is documented or was reported.
        passing: Whether a workload may print it, continue, and fail for another reason.
        survived: What else the line contains if the workload continues.
        numbered: Whether the message has a number or code of the catalog of faults, which then says what it means and what to do.
    """

    explanation: Explanation
    pattern: str
    source: str
    passing: bool = False
    survived: str | None = None
    numbered: bool = False

    def of(self, text: str) -> Signature:
        """The signature as it explains this text."""
        return replace(self, explanation=explained_by_faults(self.explanation, text)) if self.numbered else self


def known_message(
    *,
    code: str,
    pattern: str,
    cause: str,
    remedy: str,
    source: str,
    severity: str = "error",
    retriable: bool = False,
    passing: bool = False,
    survived: str | None = None,
    numbered: bool = False,
) -> Signature:
    """A row of a table."""
    return Signature(Explanation(code, cause, remedy, severity, retriable), pattern, source, passing, survived, numbered)


Signatures = Sequence[Signature]


def recognize(text: str, signatures: Iterable[Signature]) -> tuple[Signature, str] | None:
    """The first signature that matches the text, with the matching line."""
    for signature in signatures:
        match = re.search(signature.pattern, text)
        if match and signature.passing:
            match = _not_gone_on(signature, text)
        if match:
            start, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
            return signature.of(text), _shown(text[start : end if end >= 0 else len(text)], match.start() - start)
    return None


def _not_gone_on(signature: Signature, text: str) -> re.Match[str] | None:
    """The last match, unless the text contains another error after it: then the match was only a warning."""
    *_before, last = re.finditer(signature.pattern, text)
    line = f"{text[: last.end()].rpartition(chr(10))[2]}{text[last.end() :].partition(chr(10))[0]}"
    later = text[last.end() :].partition("\n")[2]
    if signature.survived and re.search(signature.survived, line):
        return None
    chained = any(words in later for words in _CHAINED)
    return last if chained or not _has_failed_otherwise(line, later) else None


def _has_failed_otherwise(line: str, later: str) -> bool:
    """Whether another error follows the line; if the line is itself an error, one that it did not cause."""
    errors = filter(_is_error, later.split("\n"))
    return not all(map(_is_in_its_wake, errors)) if _is_error(line) else any(True for _error in errors)


def _is_error(line: str) -> bool:
    """Whether a program ends with this line: an exception with its message, as in Python's tracebacks, or a signal."""
    text = _said(line)
    name = text.partition(":")[0]
    raised = " " not in name and name.endswith(("Error", "Exception", "Exit")) and not name.endswith(_AFTERWARDS)
    return raised or text.startswith(_ENDS)


def _is_in_its_wake(line: str) -> bool:
    """Whether the error is only the consequence of another process's failure."""
    text = _said(line)
    return text.partition(":")[0].endswith(_IN_ITS_WAKE) or any(words in text for words in _ELSEWHERE)


def _said(line: str) -> str:
    """The beginning of the line, without the prefix that names the process."""
    text = line[:_LINE].strip()
    process = _PROCESS.match(text)
    return text[process.end() :].strip() if process else text


def _shown(line: str, match: int) -> str:
    """The line, or the part around the match that fits into evidence: in a long line, the reason is often at the end."""
    begin = max(0, min(match - _BEFORE, len(line) - _LINE))
    left, right = ("…" if begin else ""), ("…" if begin + _LINE < len(line) else "")
    return f"{left}{line[begin : begin + _LINE].strip()}{right}"


def last_line(log: str) -> str:
    """The last line that is not empty. For a Go program that panicked, the line before the stack trace, which contains the reason."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    panics = [line for line in lines if line.startswith(("panic: ", "fatal error: "))]
    return (panics or lines or [""])[-1][:_LINE]
