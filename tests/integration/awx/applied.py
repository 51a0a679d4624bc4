# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of playbooks/awx.yml, with the real modules of awx.awx, against the stand-in for the API of AWX."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from typing import Any

from tests.awx_file import evaluated
from tests.integration.awx.controller import TOKEN
from tests.integration.playbooks.playbook import ANSIBLE_PLAYBOOK, Run
from tests.integration.running_lab import REPOSITORY

SECRET = "hush-hush"
CHOSEN: dict[str, Any] = {
    "gpuops_awx_image": "registry.example/gpuops-ee:1",
    "gpuops_awx_credentials": [
        {
            "name": "azure",
            "credential_type": "GPU: Azure by secret",
            "inputs": {"tenant": "t", "client": "c", "subscription": "s", "secret": SECRET},
        }
    ],
    "gpuops_awx_notification": {"type": "webhook", "configuration": {"url": "https://hook.example", "headers": {}}},
}
# A few entries, for what needs no more: each is a run of a module. Without braces, which a variable of the command line would evaluate.
FEW: dict[str, Any] = {
    "controller_credential_types": [{"name": "GPU: type", "description": "", "kind": "cloud", "inputs": {}, "injectors": {}}],
    "controller_templates": evaluated("controller_templates")[:1],
    "controller_workflows": evaluated("controller_workflows")[:1],
}
# A file with hosts or import_playbook outside roles, tasks and hidden directories (ansible/awx, awx/main/utils/ansible.py).
_PLAYBOOK = re.compile(r"^\s*-?\s*['\"]?(?:hosts|(ansible\.builtin\.)?import_playbook):\s*.*?$", re.MULTILINE)


def playbooks() -> tuple[str, ...]:
    """What AWX offers of this repository."""
    files = [file for file in (REPOSITORY / "playbooks").rglob("*.yml") if "tasks" not in file.parts]
    return tuple(str(file.relative_to(REPOSITORY)) for file in files if _PLAYBOOK.search(file.read_text()))


def apply(url: str, *options: str, chosen: Mapping[str, Any] = CHOSEN, **environment: str) -> Run:
    """Run the playbook with a token, or with the environment that is given."""
    signed_in = environment or {"CONTROLLER_OAUTH_TOKEN": TOKEN}
    process = subprocess.run(
        [str(ANSIBLE_PLAYBOOK), "playbooks/awx.yml", "--extra-vars", json.dumps(chosen), *options],
        cwd=REPOSITORY,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "CONTROLLER_HOST": url, **signed_in},
        text=True,
        capture_output=True,
        check=False,
    )
    return Run(process.returncode, process.stdout + process.stderr)
