# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The image's definition and ansible-navigator's settings name what exists; ansible-builder itself reads the definition in `make lint`.

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._core.gpu_operator.helm import helm_refusals

REPOSITORY = Path(__file__).parents[2]
_OF_THE_NETWORK = {"HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"}


def load(name: str) -> Any:
    return yaml.safe_load((REPOSITORY / name).read_text())


def test_image_has_a_pair_of_helm_and_kubernetes_core_that_the_path_gpu_operator_accepts() -> None:
    definition = load("execution-environment.yml")
    collections = {each["name"]: each["version"].removeprefix(">=") for each in definition["dependencies"]["galaxy"]["collections"]}
    (helm,) = re.findall(r"alpine/helm:(\S+)", str(definition["additional_build_steps"]))
    assert list(helm_refusals(f"v{helm}", collections["kubernetes.core"])) == []


def test_navigator_passes_variables_that_are_documented() -> None:
    settings = load("ansible-navigator.yml")["ansible-navigator"]["execution-environment"]
    fragments = "".join(path.read_text() for path in (REPOSITORY / "plugins" / "doc_fragments").glob("*.py"))
    assert {*settings["environment-variables"]["pass"]} - _OF_THE_NETWORK <= {*re.findall(r"\w+", fragments)}
    assert f"--tag {settings['image']}" in (REPOSITORY / "execution-environment.yml").read_text()
