# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time and memory of gpu_schedulable_facts with from_files, for a dump of half a gigabyte as kubectl writes it, plain and in an archive.

Besides, for as many bytes in as many pods as fit, and for a folder with a file for each pod, as a must-gather has. BENCH_DUMP_MB sets
another size.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tarfile
from pathlib import Path
from typing import Any

import yaml

from tests.benchmarks import processes
from tests.benchmarks.objects import Size, objects
from tests.benchmarks.report import OUTPUT, REPOSITORY, BenchError, say

METHOD = (
    "The file is a List of whole nodes and pods, indented as kubectl indents it; every fourth node has GPUs.",
    "The small pods have a container and nothing else. They are more than Kubernetes supports, and the answer says that it is partial.",
    "The folder has a hundredth of the size, in files of YAML with a pod each.",
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
partial = [warning for warning in outcome.warnings if "too much to keep of pods" not in warning]
assert not partial, partial
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
        megabytes = plain.stat().st_size // _MEGABYTE
        runs = {name: _read(path) for name, path in {"a file": plain, "an archive": archive}.items()}
        runs["more small pods than it keeps"] = _read(_small_pods(folder / "small.json", size * _MEGABYTE))
        runs[f"a file for each pod, {size // 100} MB"] = _read(_one_by_one(folder / "files", size * _MEGABYTE // 100))
        return {"method": list(METHOD), "megabytes": megabytes, "runs": runs}
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


def _small_pods(path: Path, size: int) -> Path:
    """The first node, and pods until the file is large enough."""
    with path.open("w") as file:
        file.write('{"apiVersion": "v1", "kind": "List", "items": [' + json.dumps(_first_node()))
        number = 0
        while file.tell() < size:
            file.write(",\n" + json.dumps(_small_pod(number)))
            number += 1
        file.write("]}")
    return path


def _one_by_one(folder: Path, size: int) -> Path:
    """The first node, and a file of YAML for each pod."""
    folder.mkdir()
    (folder / "node.json").write_text(json.dumps(_first_node()))
    written = 0
    for number in range(size):
        if written >= size:
            break
        text = yaml.safe_dump(_small_pod(number))
        (folder / f"pod_{number}.yaml").write_text(text)
        written += len(text)
    return folder


def _first_node() -> dict[str, Any]:
    return next(item for _key, item in objects(_ENOUGH) if item["kind"] == "Node")


def _small_pod(number: int) -> dict[str, Any]:
    metadata = {"name": f"pod-{number}", "namespace": f"team-{number % 50}"}
    spec = {"nodeName": "node-0", "containers": [{"name": "main", "image": "example.com/main:1"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": {"phase": "Running"}}


def _read(path: Path) -> dict[str, float]:
    log = OUTPUT / "dump.txt"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "collections"), str(REPOSITORY)])}
    usage = processes.run([sys.executable, "-c", _PROGRAM, str(path)], env=env, log=log)
    nodes = log.read_text().strip()
    if nodes in ("", "0"):
        raise BenchError(f"the dump shows no GPU node: {nodes}")
    return {"seconds": round(usage.seconds, 1), "peak_mb": round(usage.peak_mb), "gpu_nodes": int(nodes)}
