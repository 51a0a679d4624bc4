# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/vars/awx.yml as Ansible reads and evaluates it, for the tests of what AWX is given."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from inspect import signature
from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

FILE = Path(__file__).parents[1] / "playbooks" / "vars" / "awx.yml"
# What the user sets, so that everything optional is there.
_SET = {
    "gpuops_awx_image": "registry.example/ee:1",
    "gpuops_awx_credentials": [
        {
            "name": "azure",
            "credential_type": "GPU: Azure by secret",
            "inputs": {"tenant": "t", "client": "c", "subscription": "s", "secret": "x"},
        },
        {"name": "of others"},
    ],
    "gpuops_awx_notification": {"type": "slack", "configuration": {"channels": ["gpu"], "token": "x"}},
}
# Ansible-core evaluates only what it trusts since 2.19.
_TRUST = {"trusted_as_template": True} if "trusted_as_template" in signature(DataLoader.load_from_file).parameters else {}


@cache
def _loaded() -> dict[str, Any]:
    loaded: dict[str, Any] = DataLoader().load_from_file(str(FILE), **_TRUST)
    return loaded


def variables(**chosen: Any) -> Mapping[str, Any]:
    """The file as Ansible reads it, with what a user sets; nothing evaluated yet."""
    return {**_loaded(), **_SET, **chosen}


def evaluated(name: str, **chosen: Any) -> Any:
    """The value of a variable of the file."""
    every = variables(**chosen)
    return Templar(loader=DataLoader(), variables=every).template(every[name])
