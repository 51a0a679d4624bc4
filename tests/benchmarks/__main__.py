# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.benchmarks [NAME...]`: measure, print the figures, and write build/bench/NAME.json; without names, everything."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from tests.benchmarks import chain, clusters, dump, facts, fleet, metrics, proof, readiness, task
from tests.benchmarks.report import OUTPUT, BenchError, machine, say, write

BENCHMARKS: dict[str, Callable[[], dict[str, Any]]] = {
    "task": task.measure,
    "readiness": readiness.measure,
    "chain": chain.measure,
    "proof": proof.measure,
    "fleet": fleet.measure,
    "clusters": clusters.measure,
    "facts": facts.measure,
    "metrics": metrics.measure,
    "dump": dump.measure,
}


def main() -> int:
    """Measure what is asked for; one that can't be measured says why, and the others go on."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHMARKS)} (default: all of them)")
    names = parser.parse_args().names or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    OUTPUT.mkdir(parents=True, exist_ok=True)
    failed = [name for name in names if not _measured(name)]
    return 1 if failed else 0


def _measured(name: str) -> bool:
    say(f"{name}: begins")
    before = machine()
    try:
        result = BENCHMARKS[name]()
    except BenchError as error:
        say(f"{name}: {error}")
        return False
    write(name, {**result, "machine": before})
    return True


if __name__ == "__main__":
    sys.exit(main())
