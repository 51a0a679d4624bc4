# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The checks that the modules of the later steps make of their options before they do anything, for the check before the first step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, Iterator, Mapping

from ..._core.chain.options import variables_named
from ..._errors import InvalidInputError
from ..arguments import wait_timeout_of
from ..metrics.dcgm.operation import OPERATION as EXPORTER
from ..metrics.dcgm.request import exporter_request
from ..operation import Operation, Outcome, Run
from ..proof.evidence_files import checked_directory
from ..proof.operation import OPERATION as PROOF
from ..proof.request import proof_request
from ..verify import OPERATION as VERIFY
from ..verify import schedulable_request
from ..workload.gpu_job import OPERATION as GPU_JOB
from ..workload.mnist_job import OPERATION as MNIST_JOB
from ..workload.request import job_request, validate

Check = Callable[[Mapping[str, Any]], object]
_NO_NONCE = "0" * 32


@dataclass(frozen=True)
class Step:
    """A step whose options are checked: the operation that has their arguments, and its rules for them, which raise InvalidInputError."""

    operation: Operation
    check: Check


def _check_proof(params: Mapping[str, Any]) -> None:
    request = proof_request(params, _NO_NONCE)
    if request.evidence_dir is not None:
        checked_directory(request.evidence_dir)


def _check_job(params: Mapping[str, Any]) -> None:
    validate(job_request(params))


def _check_time(params: Mapping[str, Any], _run: Run | None = None) -> Outcome:
    wait_timeout_of(params)
    return Outcome({})


# Only their time: what else they take, the rules of the chain check.
_TIME = Step(Operation({"wait_timeout": {"type": "int", "default": 1}}, _check_time, libraries=()), _check_time)
# The pool step checks the name of the pool.
_ANY_POOL = {"type": "str", "default": "gpunp"}
# Module → its check.
STEPS: Mapping[str, Step] = {
    **dict.fromkeys(("aks_feature", "aks_cluster", "aks_gpu_nodepool", "nvidia_device_plugin"), _TIME),
    "dcgm_exporter": Step(replace(EXPORTER, arguments={**EXPORTER.arguments, "pool": _ANY_POOL}), exporter_request),
    "gpu_schedulable_facts": Step(VERIFY, schedulable_request),
    "gpu_job": Step(GPU_JOB, _check_job),
    "mnist_job": Step(MNIST_JOB, _check_job),
    "gpu_proof": Step(PROOF, _check_proof),
}


def step_refusals(steps: Mapping[str, Any], path: str) -> Iterator[InvalidInputError]:
    """The errors of the steps' options, with the variables that set them.

    Args:
        steps: Step → module, options, and error, which is what Ansible's own check says of the options.
        path: The GPU path of the playbook.
    """
    for step, told in steps.items():
        try:
            _require(step, told)
        except InvalidInputError as error:
            yield with_variables(step, path, error)


def _require(step: str, told: Mapping[str, Any]) -> None:
    module = told["module"]
    if module not in STEPS:
        raise InvalidInputError(
            f"The step {step} has no module '{module}'.",
            code="InvalidVariable",
            cause="The role runs only modules of this collection.",
            remedy=f"Correct gpu_{step}_module.",
        )
    if told["error"]:
        raise InvalidInputError(
            f"The options of the step {step} are invalid: {told['error']}.",
            code="InvalidArguments",
            cause=f"The step would be refused by {module}.",
            remedy="Correct them.",
        )
    STEPS[module].check(told["options"])


def with_variables(step: str, path: str, error: InvalidInputError) -> InvalidInputError:
    """The error with the variables that set the options that it names."""
    named = variables_named(step, path, f"{error.message} {error.remedy}")
    return InvalidInputError(error.message, code=error.code, cause=error.cause, remedy=" ".join(filter(None, (error.remedy, named))))
