# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the Azure CLI finds the lab: the two ways, and the environment in which it runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.steps import Step

REPOSITORY = Path(__file__).parents[2]
BIN = REPOSITORY / ".venv-conformance" / "bin"
_CLOUD = "GpuopsLab"
_LOGIN = "az login --service-principal --username $AZURE_CLIENT_ID --password $AZURE_SECRET --tenant $AZURE_TENANT"
# Of the lab's environment, what commands name; the rest would only blur what the CLI's own configuration does.
_NAMED = ("AZURE_CLIENT_ID", "AZURE_SECRET", "AZURE_TENANT", "LAB_ARM_URL", "REQUESTS_CA_BUNDLE")


@dataclass(frozen=True)
class Route:
    """One way to the lab: what it is, and what is typed before the article's first command."""

    name: str
    text: str
    steps: tuple[Step, ...]


CLOUD = Route(
    "cloud register",
    "The lab is registered as a cloud of its own.",
    tuple(
        Step(command, added="the lab is another cloud")
        for command in (
            f"az cloud register --name {_CLOUD} --endpoint-resource-manager $LAB_ARM_URL",
            f"az cloud set --name {_CLOUD}",
            "az config set core.instance_discovery=false",
            _LOGIN,
        )
    ),
)
PROXY = Route(
    "proxy",
    "The lab is the public cloud, behind its CONNECT proxy; nothing is configured.",
    (Step(_LOGIN, added="somebody is signed in"),),
)


def environment(lab: Mapping[str, str], *, home: Path, extension_index: str = "") -> dict[str, str]:
    """A clean environment for az and kubectl: a home of their own, and no name outside this machine is reached.

    Both ways have the proxy set, which refuses every other name; the registered cloud is on localhost and so beside it.
    """
    tools = os.pathsep.join((str(BIN), _kubectl(lab), os.environ.get("PATH", os.defpath)))
    return {
        **{name: lab[name] for name in _NAMED},
        "PATH": tools,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "AZURE_CONFIG_DIR": str(home / ".azure"),
        "AZURE_CORE_COLLECT_TELEMETRY": "no",
        "AZURE_EXTENSION_INDEX_URL": extension_index,
        "HTTPS_PROXY": lab["LAB_PROXY"],
        "NO_PROXY": "127.0.0.1,localhost",
        "PIP_NO_INDEX": "1",
    }


def _kubectl(lab: Mapping[str, str]) -> str:
    """The directory of the lab's kubectl, which its environment has in front."""
    return lab["PATH"].partition(os.pathsep)[0]
