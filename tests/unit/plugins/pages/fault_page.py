# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/faults.md: the catalog of Xid, SXid, Azure's fault codes, CUDA and NVML results. `make pages` writes it from the tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.gpuops.aks.plugins.module_utils._core.faults.fault import Action, Fault, remedy_of
from ansible_collections.gpuops.aks.plugins.module_utils._core.faults.nhc_codes import NHC_CODES
from ansible_collections.gpuops.aks.plugins.module_utils._core.faults.results import CUDA_RESULTS, NVML_RESULTS
from ansible_collections.gpuops.aks.plugins.module_utils._core.faults.sxids import SXIDS
from ansible_collections.gpuops.aks.plugins.module_utils._core.faults.xids import XIDS

from .finding_page import REPOSITORY

PAGE = REPOSITORY / "docs" / "faults.md"
_INTRODUCTION = """\
<!-- Copyright: (c) 2026, gpuops.aks contributors
     SPDX-License-Identifier: GPL-3.0-or-later -->

# What the numbers mean: Xid, SXid, Azure's fault codes, CUDA and NVML

<!-- Written by `make pages`; a test holds it exact. -->

If a log, an event or a condition of a node names one of these numbers, the finding's cause and remedy come from this catalog. If it names
several, the one with the highest action decides. A number that is not here is reported as unknown.

*Owner* says whose fault it is: the application, the driver, the hardware (GPU), the fabric (NVLink, InfiniBand), heat (thermal) or the
host. It is *unclear* where the source names none. *Action* is what the source asks for, translated to AKS:

"""
_TABLES: tuple[tuple[str, str, Iterable[Fault]], ...] = (
    (
        "Xid: errors of the NVIDIA driver",
        (
            "The driver writes them to the node's kernel log, and AKS' node problem detector reports them in the condition XIDErrors. "
            "NVIDIA's `RESTART_BM` restarts the host. A virtual machine cannot do that, so the action is to replace the node."
        ),
        XIDS.values(),
    ),
    ("SXid: errors of NVSwitch", "NVSwitch connects the GPUs of the ND sizes.", SXIDS.values()),
    (
        "NHC: fault codes of Azure's health checks",
        (
            "AKS' node problem detector adds them to its messages, such as `FaultCode: NHC2009`. The names are the categories in which a "
            "machine is reported to Azure."
        ),
        NHC_CODES.values(),
    ),
    ("CUDA results", "Owner and action follow from the meaning of the result.", CUDA_RESULTS.values()),
    ("NVML results", "Owner and action follow from the meaning of the result.", NVML_RESULTS.values()),
)


def page() -> str:
    """The page as it has to be."""
    return "\n".join([_INTRODUCTION + "| action | on AKS |\n|---|---|", *_actions(), *_sections(), ""])


def _actions() -> Iterator[str]:
    for action in Action:
        yield f"| {action.words} | {remedy_of(action).replace('{node}', 'NODE')} |"


def _sections() -> Iterator[str]:
    for title, words, faults in _TABLES:
        rows = list(faults)
        sources = dict.fromkeys(source for fault in rows for source in fault.source.split("; "))
        yield from (
            "",
            f"## {title}",
            "",
            words,
            "",
            f"Sources: {'; '.join(sources)}.",
            "",
        )
        yield from ("| number | name | meaning | owner | action |", "|---|---|---|---|---|", *map(_row, rows))


def _row(fault: Fault) -> str:
    return f"| {fault.code} | {fault.name} | {fault.meaning} | {fault.owner.value} | {fault.action.words} |"


if __name__ == "__main__":
    PAGE.write_text(page())
