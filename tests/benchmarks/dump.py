# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time and memory of gpu_schedulable_facts with from_files, for a dump of half a gigabyte as kubectl writes it, plain and in an archive.

BENCH_DUMP_MB sets another size.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tarfile
from pathlib import Path
from typing import Any

from tests.benchmarks import processes
from tests.benchmarks.objects import Size, objects
from tests.benchmarks.report import OUTPUT, REPOSITORY, BenchError, say

METHOD = (
    "The file is a List of whole nodes and pods, indented as kubectl indents it; every fourth node has GPUs.",
    "A process of its own reads it and finds out what is wrong. Its peak includes Python and the libraries, which take 45 MB.",
)
_MEGABYTE = 1 << 20
# Nobody has as many nodes; the objects end where the file is large enough.
_ENOUGH = Size(100_000)
_PROGRAM = """
import json, sys
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION
from tests.unit.plugins.operation_table import parameters
from tests.unit.plugins.tasks import real_run
outcome = OPERATION.run(parameters(OPERATION, from_files=sys.argv[1:], pool=""), real_run())
assert not outcome.warnings, outcome.warnings
print(outcome.result["ansible_facts"]["gpu_schedulable"]["node_count"])
"""


def measure() -> dict[str, Any]:
    """Write the dump, read it as a file and as an archive, and remove it."""
    size = int(os.environ.get("BENCH_DUMP_MB", "500"))
    folder = OUTPUT / "dump"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        say(f"dump: writes {size} MB")
        plain = _written(folder / "all.json", size * _MEGABYTE)
        archive = folder / "all.tar.gz"
        with tarfile.open(archive, "w:gz", compresslevel=1) as packed:
            packed.add(plain, "all.json")
        runs = {name: _read(path) for name, path in {"a file": plain, "an archive": archive}.items()}
        return {"method": list(METHOD), "megabytes": plain.stat().st_size // _MEGABYTE, "runs": runs}
    finally:
        shutil.rmtree(folder)


def _written(path: Path, size: int) -> Path:
    with path.open("w") as file:
        file.write('{\n    "apiVersion": "v1",\n    "items": [\n')
        for number, (_key, item) in enumerate(objects(_ENOUGH)):
            file.write((",\n" if number else "") + json.dumps(item, indent=4).replace("\n", "\n        "))
            if file.tell() >= size:
                break
        file.write('\n    ],\n    "kind": "List"\n}\n')
    return path


def _read(path: Path) -> dict[str, float]:
    log = OUTPUT / "dump.txt"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "collections"), str(REPOSITORY)])}
    usage = processes.run([sys.executable, "-c", _PROGRAM, str(path)], env=env, log=log)
    nodes = log.read_text().strip()
    if nodes in ("", "0"):
        raise BenchError(f"the dump shows no GPU node: {nodes}")
    return {"seconds": round(usage.seconds, 1), "peak_mb": round(usage.peak_mb), "gpu_nodes": int(nodes)}
