# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The arguments of gpu_job and of its presets, and the typed request that they become."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Mapping

from ..._core.nodes.cluster_identity import ANY_CLUSTER, TargetCluster
from ..._core.nodes.labels import checked_labels, checked_value
from ..._core.scheduling.requests import GPU_RESOURCE
from ..._core.shared.names import IMAGE_NAME, LABEL, checked_name
from ..._core.shared.printable import shortened
from ..._core.shared.ranges import ACCURACY, RETRIES, SECONDS_OR_NONE
from ..._core.shared.strings import as_texts
from ..._core.workload.failure_policy import checked_exit_codes
from ..._core.workload.job import Ending
from ..._core.workload.log import FAILURE_PATTERN, compile_patterns
from ..._core.workload.log_patterns import refuse_echoed, refuse_lax, search_samples
from ..._core.workload.manifest import JobSettings, job_manifest
from ..._core.workload.proof import ExpectedRun
from ..._errors import InvalidInputError
from ..arguments import cluster_arguments, kube_arguments, state_arguments, toleration_arguments, wait_arguments, wait_timeout_of
from ..jobs.job_view import JobName
from ..jobs.log_file import checked_log_path
from .pattern_time import NO_JOB_YET, patterns_in_time

_PATTERN_SECONDS = 2.0
# As YAML or a template gives it: 2.0 is 2.
_WHOLE_GPUS = re.compile(r"([1-9][0-9]{0,3})(?:\.0*)?")


# Which Jobs that have ended are run again: each choice includes those of the choice before it.
RERUN = ("never", "on_loss", "on_failure", "always")


@dataclass(frozen=True)
class JobRequest:
    """The workload that should have run, or should not exist.

    Args:
        settings: The Job.
        rerun: When to run a Job again that has ended, one of RERUN.
        device_pattern: The line that names the GPU, None if the log need not name it.
        accuracy_pattern: The lines with the accuracy, None for a workload without one.
        success_pattern: A line that the log must have, "" for none.
        log_path: The file that the whole log is written to, None for no file.
        wait_timeout: How many seconds to wait for the Job's end.
        cluster: The cluster that the nodes have to belong to.
        spoken_to: The API server and context, as the result shows them.
    """

    settings: JobSettings
    absent: bool
    created_only: bool
    rerun: str
    min_accuracy: float
    device_pattern: str | None
    accuracy_pattern: str | None
    failure_pattern: str
    success_pattern: str
    log_path: str | None
    wait: bool
    wait_timeout: float
    cluster: TargetCluster = ANY_CLUSTER
    spoken_to: Mapping[str, Any] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """How messages and diffs name the Job."""
        return f"Job {self.settings.namespace}/{self.settings.name}"

    @property
    def job_name(self) -> JobName:
        """The Job's name and namespace."""
        return JobName(self.settings.name, self.settings.namespace)

    @property
    def identity(self) -> dict[str, Any]:
        """Which cluster the proof is about, as results show it."""
        where = {"server": "", "context": "", **self.spoken_to}
        return {"resource_group": self.cluster.resource_group, "cluster": self.cluster.cluster, **where}

    def repeats(self, end: Ending | None) -> bool:
        """Whether the task runs a Job again that has ended like this."""
        return end is not None and (self.rerun == "always" or (self.rerun == "on_failure" and not end.succeeded))

    @property
    def asked(self) -> ExpectedRun:
        """What the proof has to be about."""
        settings = self.settings
        return ExpectedRun(settings.name, settings.resource, settings.gpus, settings.pool, self.cluster)


def job_arguments(defaults: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """The arguments that gpu_job and its presets have in common; documented by the fragment job.

    Args:
        defaults: A preset's values of options that have no default of their own.
    """
    arguments = {
        **kube_arguments(),
        **cluster_arguments(),
        **state_arguments(),
        **toleration_arguments(),
        **wait_arguments(timeout=1800),
        "name": {"type": "str"},
        "namespace": {"type": "str", "default": "default"},
        "image": {"type": "str"},
        "image_pull_policy": {"type": "str", "choices": ["Always", "IfNotPresent", "Never"], "default": "IfNotPresent"},
        "command": {"type": "list", "elements": "str", "default": []},
        "args": {"type": "list", "elements": "str", "default": []},
        "env": {"type": "dict", "default": {}},
        "gpus": {"type": "raw", "default": 1},  # int would reject 0.5 without explaining how to share a GPU
        "resource_name": {"type": "str", "default": GPU_RESOURCE},
        "backoff_limit": {"type": "int", "default": 2},
        "active_deadline": {"type": "int", "default": 0},
        "fail_on_exit_codes": {"type": "list", "elements": "int", "default": []},
        "rerun": {"type": "str", "choices": list(RERUN), "default": "on_loss"},
        "min_accuracy": {"type": "float", "default": 0.0},
        "device_pattern": {"type": "str"},
        "accuracy_pattern": {"type": "str"},
        "failure_pattern": {"type": "str", "default": FAILURE_PATTERN},
        "queue": {"type": "str"},
        "pool": {"type": "str", "default": ""},
        "log_path": {"type": "path"},
    }
    return {**arguments, **{name: {**arguments[name], "default": value} for name, value in defaults.items()}}


def job_request(params: Mapping[str, Any]) -> JobRequest:
    """The request of the module's parameters. Raises InvalidInputError."""
    for name in ("name", "namespace"):
        checked_name(name, params[name], LABEL)
    if params["state"] == "present":
        checked_name("image", params["image"], IMAGE_NAME)
    as_given = ("name", "namespace", "image", "image_pull_policy", "command", "args", "node_taints", "tolerations")
    settings = JobSettings(
        **{name: params[name] for name in as_given},
        gpus=_whole_gpus(params["gpus"]),
        resource=params["resource_name"],
        node_selector=checked_labels("node_selector", params["node_selector"] or {}),
        env=as_texts("env", params["env"]),
        backoff_limit=RETRIES.checked("backoff_limit", params["backoff_limit"]),
        deadline=SECONDS_OR_NONE.checked("active_deadline", params["active_deadline"]),
        queue=checked_value("queue", params["queue"] or "") or None,
        fail_on_exit_codes=checked_exit_codes(params["fail_on_exit_codes"]),
        pool=checked_value("pool", params["pool"]) or None,
    )
    also = ("created_only", "rerun", "min_accuracy", "device_pattern", "accuracy_pattern", "failure_pattern", "wait")
    return JobRequest(
        settings,
        absent=params["state"] == "absent",
        success_pattern=params.get("success_pattern", ""),  # not an option of every preset
        log_path=params["log_path"] or None,
        wait_timeout=wait_timeout_of(params),
        **{name: params[name] for name in also},
    )


def _whole_gpus(value: Any) -> int:
    """A count as YAML or a template gives it. Raises InvalidInputError for part of a GPU."""
    text = str(value).strip()
    count = _WHOLE_GPUS.fullmatch(text)
    if isinstance(value, bool) or count is None:
        raise InvalidInputError(
            f"gpus is {shortened(text, 100)}, but Kubernetes assigns only whole GPUs, and the workload needs at least one.",
            code="InvalidGpuCount",
            cause="It is not a whole number from 1 to 9999.",
            remedy="Set gpus to 1 or more. To share a GPU, use MIG (resource_name: nvidia.com/mig-1g.10gb) or the device plugin's "
            "time-slicing, where gpus: 1 is one share.",
        )
    return int(count[1])


def _refuse_plain(resource: str) -> None:
    """Refuse one of Kubernetes' own resources, which every node has: CUDA images would see the node's GPUs without requesting one.

    Raises InvalidInputError.
    """
    prefix, slash, name = resource.rpartition("/")
    if not slash or not prefix or not name or prefix.endswith("kubernetes.io"):
        raise InvalidInputError(
            f"resource_name is {shortened(resource, 100)!r}, which is not a device plugin's resource.",
            code="InvalidResourceName",
            cause="Only a GPU that Kubernetes has assigned to the workload is a proof, by a resource such as nvidia.com/gpu.",
            remedy="Set resource_name to a resource that gpuops.aks.gpu_schedulable_facts shows on the node, or omit it.",
        )


def _refuse_forgeable(device_pattern: str, request: JobRequest) -> None:
    """Refuse a pattern that a workload without a GPU would satisfy. Raises InvalidInputError."""
    settings = request.settings
    refuse_lax(device_pattern)
    if not request.absent:
        refuse_echoed(device_pattern, [*settings.command, *settings.args], settings.env)


def _try_patterns(request: JobRequest) -> None:
    """Refuse patterns that are wrong whatever the log will be. Raises InvalidInputError."""
    patterns = compile_patterns(request.device_pattern, request.accuracy_pattern, request.failure_pattern, request.success_pattern)
    with patterns_in_time(_PATTERN_SECONDS, "a few lines as workloads print them", NO_JOB_YET):
        search_samples(patterns)
        if request.device_pattern is not None:
            _refuse_forgeable(request.device_pattern, request)


def validate(request: JobRequest) -> None:
    """Refuse a request that is wrong whatever the cluster is like. Raises InvalidInputError."""
    _refuse_plain(request.settings.resource)
    _try_patterns(request)
    job_manifest(request.settings)
    _check_accuracy(request)
    if request.log_path is not None:
        checked_log_path(request.log_path)


def _check_accuracy(request: JobRequest) -> None:
    """Refuse a min_accuracy that no log could reach. Raises InvalidInputError."""
    if request.min_accuracy and request.accuracy_pattern is None:
        raise InvalidInputError(
            f"min_accuracy is {request.min_accuracy:g}, but accuracy_pattern is not set.",
            code="InvalidPattern",
            cause="Without accuracy_pattern, no accuracy is read from the log.",
            remedy="Set accuracy_pattern to match the lines with the accuracy, or omit min_accuracy.",
        )
    ACCURACY.checked("min_accuracy", request.min_accuracy)
