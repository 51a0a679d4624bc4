# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fuzz the collection: python -m tests.fuzz [--part PART] [--seed N] [--count N]; fails on a mistake, and prints the seed of each."""

from __future__ import annotations

import argparse
import sys
import time

from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.printable import printable

from tests.fuzz.parts import PARTS
from tests.fuzz.report import run


def main() -> int:
    """Run the parts; 1 when any shows a mistake."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=sorted(PARTS), help="only this one")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the first case; the others follow it")
    parser.add_argument("--count", type=int, default=0, help="how many cases of each part; 0 for as many as the part is meant to have")
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    mistakes = 0
    for name, (case, count) in PARTS.items():
        if asked.part in (None, name):
            report = run(name, case, seed=asked.seed, count=asked.count or count)
            print(printable(str(report)), flush=True)
            mistakes += len(report.mistakes)
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
