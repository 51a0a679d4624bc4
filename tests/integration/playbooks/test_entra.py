# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain on a cluster that only Microsoft Entra ID opens: no local account, no kubelogin, nobody to enter a code."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from tests.integration.playbooks.playbook import Workbench
from tests.integration.running_lab import RunningLab, cluster_path

LAB_OPTIONS = ("--speed", "240")
ENTRA = {"aadProfile": {"managed": True, "enableAzureRBAC": True}, "disableLocalAccounts": True}


def test_entra_token_is_enough_for_the_whole_chain(own_lab: RunningLab, here: Path) -> None:
    own_lab.create_cluster(properties=ENTRA)
    assert own_lab.arm("POST", f"{cluster_path()}/listClusterAdminCredential").status == 400, "the cluster has local accounts"
    bench = Workbench(own_lab, here, {"gpu_create_cluster": False, "gpu_entra_token": True})
    run = bench.succeed("site.yml")
    assert (bench.report["job"]["succeeded"], bench.report["schedulable_gpus"]) == (True, 1)
    assert "[WARNING]" not in run.output
    (user,) = yaml.safe_load(bench.kubeconfig.read_text())["users"]
    assert set(user["user"]) == {"token"}, "something else than the token would sign in"
    assert user["user"]["token"] not in run.output
    assert who_made_the_workload(own_lab) == {own_lab.settings.client_id}, "somebody else than the Entra identity"


def who_made_the_workload(lab: RunningLab) -> set[str]:
    """Who wrote the device plugin and the job, the control plane's own controllers apart."""
    written = [json.loads(line) for line in lab.layout.audit.read_text().splitlines()]
    users = {one["user"]["username"] for one in written if one.get("objectRef", {}).get("resource") in {"daemonsets", "jobs"}}
    return {user for user in users if not user.startswith("system:")}
