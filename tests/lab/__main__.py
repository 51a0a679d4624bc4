# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's command line: python -m tests.lab up | down | status | env | fault."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from tests.lab import build, faultcli, supervisor
from tests.lab.config import DEFAULT_DIR, DEFAULT_ERA, DEFAULT_SPEED, LabError, Layout
from tests.lab.eras import ERAS

_INTERRUPTED = 130


def main(argv: list[str] | None = None) -> int:
    """Runs one command; the exit status is 0 on success."""
    options = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _run(options, Layout(options.dir.absolute()))
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted, nothing is left running", file=sys.stderr)
        return _INTERRUPTED


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.lab", description="Azure and a GPU cluster on this machine, for trying and testing."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    texts = {
        "up": "start the lab; does nothing if it is up",
        "down": "end the lab and remove its data",
        "status": "list its processes",
        "env": "print the environment for a client of the lab",
        "fault": "list the failures that the simulated Azure can produce, and let the next requests meet one",
    }
    for name, text in texts.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--dir", type=Path, default=DEFAULT_DIR, help="the lab's directory (default: %(default)s)")
        if name == "up":
            command.add_argument("--era", choices=sorted(ERAS), default=DEFAULT_ERA, help="the Azure of which year (default: %(default)s)")
            command.add_argument(
                "--speed", type=_speed, default=DEFAULT_SPEED, help="how many times faster Azure works here (default: %(default)g)"
            )
            command.add_argument("--audit-reads", action="store_true", help="log clients' reads too in the API server's audit log")
        if name == "fault":
            faultcli.add_parser(command)
        if name == "env":
            command.add_argument("--proxy", action="store_true", help="for clients that reach the lab through its proxy, as az does")
    return parser


def _speed(text: str) -> float:
    speed = float(text)
    if speed <= 0:
        raise argparse.ArgumentTypeError(f"must be above 0, not {text}")
    return speed


def _run(options: argparse.Namespace, layout: Layout) -> int:
    match options.command:
        case "up":
            supervisor.up(layout, era=options.era, speed=options.speed, binary=build.binary, say=print, audit_reads=options.audit_reads)
        case "down":
            supervisor.down(layout, say=print)
        case "fault":
            faultcli.run(options, layout, say=print)
        case "env":
            print(_environment(layout, through_proxy=options.proxy), end="")
        case _:
            return 0 if supervisor.status(layout, say=print) else 1
    return 0


def _environment(layout: Layout, *, through_proxy: bool) -> str:
    file = layout.env_proxy if through_proxy else layout.env
    if not file.exists():
        raise LabError(f"There is no lab in {layout.root}. Start one: python -m tests.lab up --dir {layout.root}")
    return f"# {file}\n{file.read_text()}"


if __name__ == "__main__":
    sys.exit(main())
