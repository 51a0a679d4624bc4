# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every variable of every role is refused with cause and remedy if its value does not fit the argument spec or is out of range."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.gpuops.aks.plugins.module_utils._core.chain.option_refusals import RANGES, option_refusals, range_of
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.chain.variables import OPERATION
from ansible_collections.gpuops.aks.plugins.plugin_utils._entrypoints.role_options import checked_options, role_options

from tests.unit.plugins.builders import assert_explained
from tests.unit.plugins.operation_table import parameters
from tests.unit.test_variables import ROLES, yaml_of

OPTIONS = role_options()
NUMBERS = sorted(name for name, option in OPTIONS.items() if option["type"] in ("int", "float"))
# What no value of the type is; a string fits every variable that is a string or a path.
_UNFIT = {"int": ["soon", "", "1.5", 0.5, True, [1], {"a": 1}], "float": ["much", "", True, [0.5]], "bool": ["perhaps", 7, []]}
_UNFIT |= {"list": [{"a": "b"}], "dict": ["plain", 7, ["a"]]}
WRONG = [(name, value) for name, option in OPTIONS.items() for value in _UNFIT.get(option["type"], ())]
WORDS = sorted(name for name, option in OPTIONS.items() if option.get("choices"))


def refusals(**variables: Any) -> list[InvalidInputError]:
    def templated(names: Iterable[str]) -> Mapping[str, Any]:
        """Values in place of templates: of the variable that they name."""
        raw = {name: variables[name] for name in names}
        return {name: variables.get(str(value).strip("{ }"), value) for name, value in raw.items()}

    given = parameters(OPERATION, options=checked_options(variables, templated))
    checked = ArgumentSpecValidator(dict(OPERATION.arguments)).validate(given)
    assert checked.error_messages == []
    return list(option_refusals(checked.validated_parameters["options"]))


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_value_of_another_type_is_refused(name: str, value: object) -> None:
    (refused,) = refusals(**{name: value})
    assert_explained(refused, "InvalidVariable", f"{name} is ")
    assert f"'ansible-doc -t role gpuops.aks.{OPTIONS[name]['role']}'" in refused.remedy


@pytest.mark.parametrize("name", WORDS)
def test_word_that_is_none_of_the_choices_is_refused(name: str) -> None:
    (refused,) = refusals(**{name: "nothing of the kind"})
    assert_explained(refused, "InvalidVariable", f"{name} is 'nothing of the kind'")
    choices = [str(choice) for choice in OPTIONS[name]["choices"] if choice]
    assert all(choice in refused.cause for choice in choices)
    (close,) = refusals(**{name: f"{choices[0]}x"})
    assert close.remedy.startswith(f"Did you mean {choices[0]}? ")
    assert [refusals(**{name: choice}) for choice in OPTIONS[name]["choices"]] == [[]] * len(OPTIONS[name]["choices"])


@pytest.mark.parametrize("name", NUMBERS)
def test_senseless_number_is_refused(name: str) -> None:
    allowed = range_of(name)
    assert allowed is not None, "give the variable a range in _core/chain/option_refusals.py"
    for number in (allowed.low - 1, str(allowed.low - 1), allowed.high + 1):
        (refused,) = refusals(**{name: number})
        assert_explained(refused, "OutOfRange", f"{name} is {number}")
        assert refused.remedy == f"Set {name} to a value from {allowed.low} to {allowed.high}."
    assert refusals(**{name: allowed.low}) == refusals(**{name: f" {allowed.high} "}) == []


def test_every_range_is_of_a_variable() -> None:
    assert [end for end in RANGES if not any(range_of(name) is RANGES[end] for name in NUMBERS)] == []


@pytest.mark.parametrize("number", [float("nan"), float("inf"), "nan"])
def test_accuracy_that_is_no_number_is_refused(number: object) -> None:
    assert [refused.code for refused in refusals(gpu_workload_min_accuracy=number)] == ["OutOfRange"]


@pytest.mark.parametrize("role", sorted(file.parts[-3] for file in ROLES.glob("*/meta/argument_specs.yml")))
def test_defaults_of_every_role_fit(role: str) -> None:
    defaults = yaml_of(ROLES / role / "defaults" / "main.yml")
    assert refusals(**{name: value for name, value in defaults.items() if "{{" not in str(value)}) == []


def test_roles_agree_on_the_variables_that_they_share() -> None:
    for file in ROLES.glob("*/meta/argument_specs.yml"):
        for entry_point in yaml.safe_load(file.read_text())["argument_specs"].values():
            for name, option in entry_point.get("options", {}).items():
                kept = {key: OPTIONS[name].get(key) for key in ("type", "elements", "choices")}
                assert {key: option.get(key) for key in kept} == kept, f"{name} of {file.parts[-3]}"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"os_disk_typ": "Managed"}, "Did you mean os_disk_type?"),
        ({"vm_size": "Standard_NC4as_T4_v3"}, "Correct or remove it"),
        ({"os_disk_type": "Fast"}, "gpu_pool_options.os_disk_type"),
        ({"gpu_mig_profiles": ["MIG1g", "MIG9g"]}, "gpu_pool_options.gpu_mig_profiles"),
        ({"max_pods": "many"}, "gpu_pool_options.max_pods"),
    ],
)
def test_option_of_a_pool_is_checked_too(options: dict[str, object], said: str) -> None:
    (refused,) = refusals(gpu_pool_options=options)
    assert said in f"{refused.message} {refused.remedy}"


def test_pool_options_that_fit_are_accepted() -> None:
    assert refusals(gpu_pool_options={"max_pods": "30", "os_sku": None, "gpu_mig_profiles": "MIG1g,MIG2g", "tags": {"a": 1}}) == []


def test_value_of_another_variable_is_refused_once() -> None:
    derived = {"gpu_min_count": "{{ gpu_node_count }}", "manual_plugin_min_count": "{{ gpu_min_count }}"}
    assert [refused.message for refused in refusals(gpu_node_count="x", **derived)] == ["gpu_node_count is 'x'."]
    assert len(refusals(gpu_verify_timeout=0, gpu_workload_timeout=0)) == 2


def test_what_may_be_secret_is_not_shown() -> None:
    for value in ("TOKEN hunter2", ["hunter2"]):
        (refused,) = refusals(gpu_workload_env=value)
        assert "hunter2" not in f"{refused.message}{refused.cause}{refused.remedy}"
    fit = {"gpu_workload_env": {"TOKEN": "hunter2"}}
    assert "hunter2" not in str(checked_options(fit, lambda names: {name: fit[name] for name in names})), "the result shows the arguments"


def test_variable_without_a_value_is_left_to_the_task_that_needs_it() -> None:
    assert checked_options({"gpu_kubeconfig": "{{ undefined }}"}, lambda _names: {}) == []
