# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.
"""The operation behind gpu_variables: refuses role variables that are misspelled, empty or contradictory before any request is sent."""

from __future__ import annotations

from itertools import chain
from typing import Any, Iterable, Iterator, Mapping

from ..._core.chain.option_refusals import option_refusals
from ..._core.chain.rules import ChainVariables, chain_refusals
from ..._core.chain.variables import collection_refusals, path_refusals, variable_refusals
from ..._core.gpu_operator.conflicts import conflict_refusals
from ..._core.gpu_operator.fact_names import of_role
from ..._core.gpu_operator.facts import AKS, OPERATOR
from ..._core.gpu_operator.helm import helm_refusals
from ..._core.gpu_operator.helm_environment import environment_refusals
from ..._core.gpu_operator.helm_failure import STEPS, HelmFailure, helm_error
from ..._core.gpu_operator.merge import operator_values
from ..._errors import InvalidInputError
from ..operation import Operation, Outcome, Run
from .report_files import report_files
from .steps import step_refusals, with_variables


def _run(params: Mapping[str, Any], _run: Run) -> Outcome:
    refusals = [*_variable_refusals(params), *_operator_refusals(params)]
    if refusals:
        raise _together(_without_repeats(refusals))
    if params["helm_failure"]:
        _tell(HelmFailure(**{**params["helm_failure"], "jobs": tuple(params["helm_failure"]["jobs"])}))
    return Outcome({})


def _tell(failure: HelmFailure) -> None:
    error = helm_error(failure)
    if error is not None:
        raise error


def _variable_refusals(params: Mapping[str, Any]) -> list[InvalidInputError]:
    refusals = list(variable_refusals(params["names"], params["values"], own=params["other"], required=params["required"]))
    refusals += path_refusals(params["paths"])
    refusals += option_refusals(params["options"])
    refusals += collection_refusals(params["collections"])
    if refusals or not params["chain"]:  # without the cluster's name the other checks would only report what follows from it
        return refusals
    refusals = list(_chain_refusals(ChainVariables(**params["chain"])))
    known = {error.code for error in refusals}  # of the same kind, what a step says only follows
    return refusals + [error for error in step_refusals(params["steps"], params["chain"]["path"]) if error.code not in known]


def _chain_refusals(variables: ChainVariables) -> Iterator[InvalidInputError]:
    for step, error in chain(
        (("pool", error) for error in chain_refusals(variables)), (("report", error) for error in _report_refusals(variables.report))
    ):
        yield with_variables(step, variables.path, error)


def _operator_refusals(params: Mapping[str, Any]) -> Iterator[InvalidInputError]:
    operator, helm, surroundings = params["operator"], params["helm"], params["helm_environment"]
    if operator:
        yield from conflict_refusals(
            operator["other_pools"], operator["other_releases"], operator["driver"], operator["deleting_namespace"]
        )
        yield from _value_refusals(operator)
    refused = list(environment_refusals(**surroundings)) if surroundings else []
    yield from refused
    if helm and not refused:  # what Helm says may follow from its environment
        yield from helm_refusals(helm["version"] or "", helm["kubernetes_core"] or "")


def _value_refusals(operator: Mapping[str, Any]) -> Iterator[InvalidInputError]:
    try:
        if operator["facts"] is not None:
            operator_values(operator["facts"], of_role(tuple(operator["pools"])))
    except InvalidInputError as error:
        yield error


def _report_refusals(report: str) -> Iterator[InvalidInputError]:
    try:
        if report.startswith(("/", "~")):
            report_files(report)
    except InvalidInputError as error:
        yield error


def _without_repeats(refusals: Iterable[InvalidInputError]) -> list[InvalidInputError]:
    """Each refusal once: several steps take the same variable, such as the taints of the nodes."""
    first: dict[tuple[str, str], InvalidInputError] = {}
    for error in refusals:
        first.setdefault((error.code, error.message), error)
    return list(first.values())


def _together(refusals: list[InvalidInputError]) -> InvalidInputError:
    """One error that reports all refusals."""
    if len(refusals) == 1:
        return refusals[0]
    message = " ".join(_paragraph(error) for error in refusals)
    cause = f"{len(refusals)} settings or combinations of settings are invalid."
    return InvalidInputError(message, code="InvalidVariable", cause=cause, remedy="Correct all of them.")


def _paragraph(error: InvalidInputError) -> str:
    return " ".join(_sentences((error.message, error.cause, error.remedy)))


def _sentences(parts: Iterable[str]) -> Iterator[str]:
    for part in filter(None, parts):
        yield part if part.endswith((".", "?")) else f"{part}."


_CHAIN = {
    "path": {"type": "str", "required": True},
    "allow_retired": {"type": "bool", "default": False},
    "headers": {"type": "dict", "default": {}},
    "first_pool": {"type": "bool", "default": False},
    "pool": {"type": "str", "required": True},
    "node_taints": {"type": "raw", "default": []},
    "node_count": {"type": "int", "required": True},
    "enable_auto_scaling": {"type": "bool", "required": True},
    "min_count": {"type": "int", "required": True},
    "max_count": {"type": "int", "required": True},
    "pool_options": {"type": "dict", "default": {}},
    "report": {"type": "str", "default": ""},
}
_UNFIT = {
    "at": {"type": "list", "elements": "str", "default": []},
    "value": {"type": "raw"},
    "type": {"type": "str", "choices": ["bool", "dict", "float", "int", "list", "path", "raw", "str"], "default": "str"},
    "elements": {"type": "str", "choices": ["dict", "float", "int", "str"]},
    "choices": {"type": "list", "elements": "str", "default": []},
    "keys": {"type": "list", "elements": "str", "default": [], "no_log": False},  # of a dictionary
}
_OPTION = {
    "name": {"type": "str", "required": True},
    "role": {"type": "str", "required": True},
    "names": {"type": "list", "elements": "str", "default": []},
    "number": {"type": "float"},
    "unfit": {"type": "list", "elements": "dict", "options": _UNFIT, "default": []},
}
_OPERATOR = {
    "facts": {"type": "dict"},
    "driver": {"type": "str", "choices": [OPERATOR, AKS], "default": OPERATOR},
    "deleting_namespace": {"type": "str", "default": ""},
    **{name: {"type": "list", "elements": "str", "default": []} for name in ("pools", "other_pools", "other_releases")},
}
_HELM = {"version": {"type": "str", "required": True}, "kubernetes_core": {"type": "str"}}
_HELM_ENVIRONMENT = {
    **{name: {"type": "str", "default": ""} for name in ("context", "driver")},
    "variables": {"type": "list", "elements": "str", "default": []},
}
_HELM_FAILURE = {
    "step": {"type": "str", "choices": list(STEPS), "required": True},
    "said": {"type": "str", "required": True},
    **{name: {"type": "str", "default": ""} for name in ("release", "namespace")},
    **{name: {"type": "int", "default": 0} for name in ("revision", "working")},
    "jobs": {"type": "list", "elements": "str", "default": []},
}
OPERATION = Operation(
    {
        "names": {"type": "list", "elements": "str", "default": []},
        "values": {"type": "dict", "default": {}},
        "paths": {"type": "dict", "default": {}},
        "options": {"type": "list", "elements": "dict", "options": _OPTION, "default": []},
        "collections": {"type": "dict", "default": {}},
        "steps": {"type": "dict", "default": {}},
        "other": {"type": "list", "elements": "str", "default": []},
        "required": {"type": "list", "elements": "str", "default": []},
        "chain": {"type": "dict", "options": _CHAIN},
        "operator": {"type": "dict", "options": _OPERATOR},
        "helm": {"type": "dict", "options": _HELM},
        "helm_environment": {"type": "dict", "options": _HELM_ENVIRONMENT},
        "helm_failure": {"type": "dict", "options": _HELM_FAILURE},
    },
    _run,
    libraries=(),
)
