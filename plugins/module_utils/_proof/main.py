# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Proves the GPUs that a container sees: `python3 -m proof.main --level smoke --nonce <32 hex digits> --timeout <seconds a device>`.

With `--load-seconds`, the devices that passed work for that time at the end, all at once, so that an exporter sees them at work.

Exit status: 0 if every visible device passed, 1 if one did not or none is visible, 2 for wrong arguments.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import List

from . import parent
from .levels import LEVELS
from .limits import MOST_SECONDS
from .output import Run


def main(arguments: List[str]) -> int:
    """Run the program; returns its exit status."""
    parser = argparse.ArgumentParser(prog="proof", description="Prove the GPUs that this container sees.")
    parser.add_argument("--level", choices=list(LEVELS), required=True)
    parser.add_argument("--nonce", type=_nonce, required=True, help="32 hexadecimal digits, new for each run")
    parser.add_argument("--timeout", type=_seconds, required=True, help="seconds that a device may take")
    parser.add_argument("--load-seconds", type=_seconds, default=0.0, help="seconds that all devices work at the end")
    options = parser.parse_args(arguments)
    node, pod = os.environ.get("NODE_NAME"), os.environ.get("POD_UID")
    return parent.prove(Run(options.level, options.nonce, options.timeout, node, pod, options.load_seconds))


def _nonce(value: str) -> str:
    if not re.fullmatch("[0-9a-f]{32}", value):
        raise argparse.ArgumentTypeError("not 32 hexadecimal digits in lower case")
    return value


def _seconds(value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", value) or not 0 < float(value) <= MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"not a number of seconds above 0 and up to {MOST_SECONDS}")
    return float(value)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
