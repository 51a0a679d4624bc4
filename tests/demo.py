# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo`: a lab of its own, site.yml as a user runs it, a report, the lab taken down.

GPU_PATH=managed, GPU_PATH=gpu_operator and GPU_PATH=dedicated_vhd run the other paths, the last one in the lab's year 2021.
GPU_OPERATOR_DRIVER=aks leaves the driver to AKS on the path gpu_operator. GPU_FORM=2020 puts the GPU into the cluster's first pool.
GPU_METRICS=auto has the GPUs measured, too, on every path.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.in_lab import lab

ROOT = Path(__file__).parent.parent
BUILD = Path("build/demo")
REPORT = BUILD / "report.json"
PAGE = BUILD / "report.html"
_FORMS = ("2020", "2021")
_ERAS = {"manual_plugin": "2026", "managed": "2026", "gpu_operator": "2026", "dedicated_vhd": "2021"}
_CHART = ROOT / "tests" / "lab" / "charts" / "gpu-operator"


def variables(path: str, form: str) -> dict[str, Any]:
    """What the demo sets; a user sets the same, with other names."""
    chosen: dict[str, Any] = {
        "gpu_path": path,
        "gpu_resource_group": "myResourceGroup",
        "gpu_cluster": "myAKSCluster",
        "gpu_create_cluster": True,
        "gpu_kubeconfig": str(ROOT / BUILD / "kubeconfig"),
        "gpu_report": str(ROOT / REPORT),
        "gpu_metrics": os.environ.get("GPU_METRICS", "off"),
        # The lab's exporters measure whenever they are read, and not only twice a minute.
        "gpu_prove_load_seconds": 3,
    }
    if path == "dedicated_vhd":
        chosen |= {"gpu_allow_retired": True, "gpu_vm_size": "Standard_NC6"}
    if path == "gpu_operator":
        # The lab's stand-in for NVIDIA's chart, whose repository a lab does not reach.
        chosen |= {"gpu_operator_chart": str(_CHART), "gpu_operator_driver": os.environ.get("GPU_OPERATOR_DRIVER", "operator")}
    if form == "2020":
        chosen["gpu_first_pool"] = True
    return chosen


def table(report: dict[str, Any]) -> str:
    """The report as a person reads it."""
    job = report["job"]
    verdict = f"{job['name']} ran on {job['gpu_device']}, accuracy {job['final_accuracy']} after step {job['steps']}"
    lines = ["", f"PROVEN: {verdict}" if job["succeeded"] else f"NOT PROVEN: {job['name']}", ""]
    lines += [f"  {'step':<12}{'changed':<9}{'seconds':>7}"]
    lines += [f"  {step['step']:<12}{'yes' if step['changed'] else 'no':<9}{step['seconds']:>7.1f}" for step in report["steps"]]
    lines += ["", f"  {'node':<34}{'size':<24}{'GPUs':>4}{'schedulable':>13}"]
    lines += [
        f"  {node['name']:<34}{node['vm_size']:<24}{node['allocatable']:>4}{'yes' if node['schedulable'] else 'no':>13}"
        for node in report["nodes"]
    ]
    return "\n".join(lines)


def load(report: dict[str, Any]) -> str:
    """What the exporters have shown of the GPUs while they were proven."""
    highest = ((device, max(moment[1] or 0 for moment in device["load"])) for device in report["devices"] if device["load"])
    return "".join(f"\nLoad during the proof: {device['uuid']} worked at up to {share:.0f} percent." for device, share in highest)


def run(path: str, form: str) -> int:
    """The demo; returns the exit status of ansible-playbook."""
    (ROOT / BUILD).mkdir(parents=True, exist_ok=True)
    for left in (REPORT, PAGE, BUILD / "kubeconfig"):
        (ROOT / left).unlink(missing_ok=True)
    if path == "dedicated_vhd":
        print("The dedicated GPU image was retired on public Azure on 2025-01-10. The lab is in 2021 for this path, so the demo")
        print("says yes to it: gpu_allow_retired=true. Its size, Standard_NC6, is retired today, too.")
    command = ["ansible-playbook", "site.yml", "--extra-vars", json.dumps(variables(path, form))]
    with lab(BUILD / "lab", era=_ERAS[path]) as environment:
        print(f"$ {shlex.join(command)}", flush=True)
        status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    if status == 0:
        report = json.loads((ROOT / REPORT).read_text())
        print(table(report))
        print(f"\nThe report is in {REPORT} and, as a page, in {PAGE}. The lab stands in for Azure and the GPU: see tests/lab/FIDELITY.md.")
        print(f"\n{report['coverage']['sentence']}.{load(report)}")
    return status


def main() -> int:
    """Read the choice from the environment, as make passes it on."""
    path, form = os.environ.get("GPU_PATH", "manual_plugin"), os.environ.get("GPU_FORM", "2021")
    if path not in _ERAS or form not in _FORMS:
        print(f"GPU_PATH is one of {', '.join(_ERAS)}; GPU_FORM is one of {', '.join(_FORMS)}.", file=sys.stderr)
        return 2
    return run(path, form)


if __name__ == "__main__":
    sys.exit(main())
