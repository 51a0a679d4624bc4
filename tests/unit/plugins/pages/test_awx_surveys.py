# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWX's surveys are those that the options of the roles give, and ask only what AWX can pass on safely."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.inventory.cluster_host import CHAIN_VARIABLES
from ansible_collections.gpuops.aks.plugins.module_utils._core.pool.rules import validate_bounds
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.ranges import SECONDS
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.operation import OPERATION as PROOF
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.request import proof_request

from .awx_surveys import BOUNDS, FILE, SURVEYS, Survey, options, page, questions

_POOL = {"gpu_node_count": "count", "gpu_min_count": "minCount", "gpu_max_count": "maxCount"}
_PROOF = {"gpu_prove_parallel": "parallel", "gpu_prove_gpu_timeout": "timeout", "gpu_prove_load_seconds": "load_seconds"}
_OF_ONE = {question["variable"]: question for question in questions(Survey("gpu", "preflight", of_inventory=False))}


def test_the_file_ends_with_what_the_options_give() -> None:
    assert FILE.read_text() == page(), "make pages writes the surveys of playbooks/vars/awx.yml anew"


@pytest.mark.parametrize("name", [name for name, survey in SURVEYS.items() if survey.of_inventory])
def test_answer_for_many_clusters_overrides_nothing_that_differs_between_them(name: str) -> None:
    asked = questions(SURVEYS[name])
    assert asked
    assert {question["variable"] for question in asked} & set(CHAIN_VARIABLES) == set()
    # AWX passes an unchanged default and an empty text on, which then count more than the inventory.
    assert [question for question in asked if "default" in question or question["type"] == "text" or question["required"]] == []


def test_question_has_type_choices_bounds_default_and_help_of_the_option() -> None:
    assert _OF_ONE["gpu_vm_size"] == {
        "question_name": "The VM size of the nodes",
        "variable": "gpu_vm_size",
        "type": "text",
        "required": False,
        "default": "Standard_NC4as_T4_v3",
        "question_description": "The variable is gpu_vm_size.",
    }
    level = {"type": "multiplechoice", "choices": ["smoke", "train", "stress"], "default": "smoke"}
    assert _OF_ONE["gpu_prove_level"].items() >= level.items()
    assert _OF_ONE["gpu_create_cluster"].items() >= {"choices": ["true", "false"], "default": "false"}.items()
    assert _OF_ONE["gpu_node_count"].items() >= {"type": "integer", "default": 1, "min": 0, "max": 1000}.items()


def test_default_that_depends_on_other_variables_is_prefilled_only_as_text() -> None:
    assert _OF_ONE["gpu_pool"]["default"] == "gpunp"
    assert "default" not in _OF_ONE["gpu_enable_auto_scaling"]
    assert not {"gpu_node_resource_group", "gpu_context"} & set(_OF_ONE), "an empty text would hide what the run finds out"


def test_survey_for_one_cluster_requires_what_the_first_step_requires() -> None:
    assert [name for name, question in _OF_ONE.items() if question["required"]] == ["gpu_resource_group", "gpu_cluster"]


def test_no_question_for_what_is_a_list_a_dictionary_or_a_path() -> None:
    kinds = {name: option["type"] for name, option in options("gpu", "preflight").items()}
    assert {kinds[name] for name in _OF_ONE} == {"str", "int", "bool"}


@pytest.mark.parametrize(("name", "bounds"), BOUNDS.items())
def test_bound_is_the_last_value_that_the_modules_take(name: str, bounds: tuple[int, int | None]) -> None:
    least, most = bounds
    _try(name, least)
    with pytest.raises(InvalidInputError):
        _try(name, least - 1)
    if most is not None:
        _try(name, most)
        with pytest.raises(InvalidInputError):
            _try(name, most + 1)


def _try(name: str, value: int) -> None:
    if name in _POOL:
        validate_bounds({_POOL[name]: value})
    elif name in _PROOF:
        proof_request({**_defaults(PROOF.arguments), _PROOF[name]: value}, "0" * 32)
    else:
        SECONDS.checked(name, value)


def _defaults(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: argument.get("default") for name, argument in arguments.items()}
