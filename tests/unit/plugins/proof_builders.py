# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proof as it goes well: the Job, its pod and the lines that the program prints; a test changes what it is about."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.challenge import expected_answer
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.jobs import ProofJob, ProofSettings, job_manifest
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.judge import ObservedJob, judge
from ansible_collections.gpuops.aks.plugins.module_utils._core.proof.verdict import DeviceVerdict
from ansible_collections.gpuops.aks.plugins.module_utils._proof import codes

from .builders import GPU, GPU_NODE

Json = dict[str, Any]
NONCE = "0123456789abcdef0123456789abcdef"
POD_UID = "5a1c9f0e-6c0b-4a55-9c8e-2f1f3d1f7a10"
FIGURES = {
    "host_to_device_gb_s": 12.1, "device_to_host_gb_s": 12.9, "memory_gb_s": 243.2, "sgemm_tflops": 3.9, "memory_tested_bytes": 1073741824,
    "memory_errors": 0, "train_accuracy": None, "train_steps": None, "train_curve": None, "seconds": 1.9,
}  # fmt: skip
SMOKE = ("challenge", "copy", "memory_bandwidth", "sgemm", "memory", "ecc", "peers")
T4 = "Tesla T4"
_MEANINGS = {
    **{code: meaning for table in (codes.CUDA, codes.NVML) for code, meaning in table.values()},
    **{each.code: each.meaning for each in vars(codes).values() if isinstance(each, codes.Meaning)},
}


def uuid(number: int) -> str:
    """The UUID of a GPU."""
    return f"GPU-00000000-0000-4000-8000-{number:012d}"


def settings(**changes: Any) -> ProofSettings:
    """What the Jobs of a run have in common."""
    return ProofSettings(
        **{
            "namespace": "default",
            "identity": "0a1b2c3d4e",
            "nonce": NONCE,
            "level": "smoke",
            "seconds": 60,
            "image": "mcr.microsoft.com/azurelinux/base/python:3.12",
            "image_pull_policy": "IfNotPresent",
            **changes,
        }
    )


def proof_job(asked: int = 1, node: str = GPU_NODE, *, sliced: bool = False) -> ProofJob:
    """The Job of a node."""
    return ProofJob("gpu-proof-0123456789", node, GPU, asked, sliced=sliced)


def head(kind: str, **changes: Any) -> Json:
    """What every line has."""
    return {
        "schema": "gpuops.aks/gpu-proof/1",
        "kind": kind,
        "nonce": NONCE,
        "node": GPU_NODE,
        "pod_uid": POD_UID,
        "level": "smoke",
        "simulated": False,
        **changes,
    }


def device(number: int = 1, *, failed: Mapping[str, str] | None = None, checks: Sequence[str] = SMOKE, **changes: Any) -> Json:
    """The line of a device.

    Args:
        number: Which GPU it is.
        failed: The checks that failed, with what they say.
        checks: The checks that were made.
        changes: Other fields of the line; name, figures and state add to what a healthy device reports. parent_uuid makes it a slice,
            uuid is another than the number's, code is that of the error of the checks that failed.
    """
    own = changes.pop("uuid", uuid(number))
    told = {
        "index": 0, "uuid": own, "parent_uuid": changes.pop("parent_uuid", None), "name": changes.pop("name", T4),
        "driver_version": "580.126.09",
    }  # fmt: skip
    code = changes.pop("code", None)
    made = [
        {"name": name, "passed": name not in (failed or {}), "detail": (failed or {}).get(name, "fine"), "code": code if failed else None}
        for name in checks
    ]
    return {
        **head("device"),
        "device": told,
        "state": {"before": {}, "after": {}, **changes.pop("state", {})},
        "challenge": expected_answer(NONCE, own),
        "checks": made,
        "figures": {**FIGURES, **changes.pop("figures", {})},
        "peers": [],
        "error": None,
        **changes,
    }


def run_line(visible: int = 1, **changes: Any) -> Json:
    """The last line."""
    granted = [uuid(number) for number in range(1, visible + 1)]
    return {**head("run"), "visible": visible, "granted": granted, "passed": visible, "error": None, **changes}


def error(code: str, **changes: Any) -> Json:
    """The error of a device or of the program."""
    meaning = _MEANINGS.get(code, "The call failed.")
    return {"during": "sgemm", "call": "cuLaunchKernel", "code": code, "number": 1, "meaning": meaning, "timeout": False, **changes}


def proof_pod(asked: ProofJob, **spec: Any) -> Json:
    """The pod of a Job that has ended."""
    made = job_manifest(asked, settings(), "gpu-proof-program")["spec"]["template"]
    return {
        "metadata": {"name": f"{asked.name}-x7k2p", "namespace": "default", "uid": POD_UID, "labels": made["metadata"]["labels"]},
        "spec": {**made["spec"], "nodeName": asked.node, **spec},
        "status": {"phase": "Succeeded"},
    }


def observed(*lines: Json, asked: ProofJob | None = None, pod: Json | None = None, **changes: Any) -> ObservedJob:
    """What is known of a Job whose log has these JSON lines."""
    asked = asked or proof_job()
    log = ["GPU proof, level smoke.", *(json.dumps(line) for line in lines), "That is all."]
    job = {"metadata": {"name": asked.name}, **job_manifest(asked, settings(), "gpu-proof-program")}
    return ObservedJob(**{"job": job, "pod": pod or proof_pod(asked), "lines": log, **changes})


def judged(*lines: Json, asked: int = 1, level: str = "smoke", sliced: bool = False, **changes: Any) -> list[DeviceVerdict]:
    """The verdicts on a log with these JSON lines."""
    job = proof_job(asked, sliced=sliced)
    return judge(job, settings(level=level), observed(*lines, asked=job, **changes), model=T4)
