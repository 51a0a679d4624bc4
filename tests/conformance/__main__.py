# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make conformance`: Azure's own clients, unmodified, against the lab; ours beside the Azure CLI, and beside Helm and kubectl.

`python -m tests.conformance PART...` runs only these parts, and replaces only their sections in docs/conformance.md.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from types import FrameType

from tests.conformance import articles, azcollection, captures, document, gpu_operator, sdk
from tests.conformance.commands import CommandTimeoutError
from tests.conformance.run import ConformanceError, Run
from tests.conformance.table import Section

PARTS: Mapping[str, Callable[[Run], Iterator[Section]]] = {
    "articles": articles.sections,
    "azcollection": azcollection.sections,
    "sdk": sdk.sections,
    "captures": captures.sections,
    "gpu_operator": gpu_operator.sections,
}


def main() -> int:
    """Run the parts; the first failure ends the run with what the client printed, and no lab is left up."""
    chosen = _chosen_parts()
    signal.signal(signal.SIGTERM, _interrupt)
    run = Run()
    try:
        sections = [section for name in chosen or PARTS for section in PARTS[name](run)]
    except (ConformanceError, CommandTimeoutError, subprocess.CalledProcessError) as error:
        print(f"\nFAILED: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nconformance: interrupted, no lab is left up", file=sys.stderr)
        return 130
    count = sum(len(section.rows) for section in sections)
    print(f"\n{count} commands and calls, all as Azure's clients expect, in {run.seconds():.0f} s.")
    if not run.left_out:
        print(f"The table is in {document.update(sections) if chosen else document.write(sections)}.")
    for reason in run.left_out:
        print(f"Left out: {reason}. docs/conformance.md stays as it is.")
    return 0


def _chosen_parts() -> list[str]:
    """The parts that the command line names; [] for all."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description="Azure's own clients against the lab.")
    parser.add_argument("part", nargs="*", help=f"of {', '.join(PARTS)}; all without any")
    chosen: list[str] = parser.parse_args().part
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return chosen


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
