# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment variables with which Helm would act elsewhere than this collection reads."""

from __future__ import annotations

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.helm_environment import (
    environment_refusals,
    overriding_variables,
    release_store,
)
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError

from ...builders import assert_explained


@pytest.mark.parametrize(
    ("driver", "store"),
    [("", "secrets"), ("secret", "secrets"), ("secrets", "secrets"), ("configmap", "configmaps"), ("configmaps", "configmaps")],
)
def test_store_in_the_cluster_is_read(driver: str, store: str) -> None:
    assert release_store(driver) == store
    assert list(environment_refusals(driver, [], "")) == []


@pytest.mark.parametrize("driver", ["sql", "memory", "ConfigMap"])
def test_store_that_cannot_be_read_is_refused(driver: str) -> None:
    (refusal,) = environment_refusals(driver, [], "")
    assert_explained(refusal, "HelmDriverUnsupported", f"HELM_DRIVER is '{driver}'", "configmap")
    with pytest.raises(InvalidInputError, match=driver):
        release_store(driver)


def test_only_variables_that_count_are_found() -> None:
    environment = {
        "HELM_NAMESPACE": "other",
        "KUBECONFIG": "/other",
        "HELM_KUBETOKEN": "secret",
        "HELM_KUBECONTEXT": "",
        "K8S_AUTH_CONTEXT": "",
        "K8S_AUTH_VERIFY_SSL": "true",
    }
    assert overriding_variables(environment) == ["HELM_KUBETOKEN", "K8S_AUTH_CONTEXT"]


@pytest.mark.parametrize(
    ("variable", "context"),
    [
        ("HELM_KUBEAPISERVER", "gpus"),
        ("HELM_KUBEAPISERVER", ""),
        ("K8S_AUTH_IMPERSONATE_USER", "gpus"),
        ("HELM_KUBECONTEXT", ""),
        ("K8S_AUTH_CONTEXT", ""),
    ],
)
def test_variable_that_leads_elsewhere_is_refused_by_name(variable: str, context: str) -> None:
    (refusal,) = environment_refusals("", [variable], context)
    assert_explained(refusal, "EnvironmentOverridesKubeconfig", variable, f"Unset {variable}")


@pytest.mark.parametrize("variable", ["HELM_KUBECONTEXT", "K8S_AUTH_CONTEXT"])
def test_context_of_the_role_wins(variable: str) -> None:
    assert list(environment_refusals("", [variable], "gpus")) == []
