# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# An Entra cluster end to end: azure-identity mints the token, the real API server asks the simulated Entra about it.

from __future__ import annotations

import base64
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from azure.identity import ClientSecretCredential, WorkloadIdentityCredential

from tests.integration.running_lab import RunningLab, cluster_path
from tests.lab.arm.kubeconfig import ENTRA_SERVER

pytestmark = pytest.mark.lab

ADMINISTRATORS = {"managed": True, "adminGroupObjectIDs": ["11111111-1111-1111-1111-111111111111"]}


def token(lab: RunningLab, scope: str) -> str:
    settings = lab.settings
    options: dict[str, Any] = {"authority": lab.arm_url, "disable_instance_discovery": True, "connection_verify": str(lab.layout.ca)}
    with ClientSecretCredential(settings.tenant_id, settings.client_id, settings.secret, **options) as credential:
        return credential.get_token(scope).token


def kubectl(lab: RunningLab, server: str, bearer: str) -> str:
    """What kubectl says that has nothing but a token."""
    options = [f"--server={server}", f"--certificate-authority={lab.layout.ca}", f"--token={bearer}"]
    command = ["kubectl", *options, "get", "nodes", "--output=name"]
    result = subprocess.run(command, env={**lab.env, "KUBECONFIG": ""}, capture_output=True, text=True, check=False)
    return result.stdout + result.stderr


def test_entra_token_is_accepted_by_an_entra_cluster_only(lab: RunningLab) -> None:
    lab.create_cluster(properties={"aadProfile": ADMINISTRATORS})
    try:
        value = lab.arm("POST", f"{cluster_path()}/listClusterUserCredential").body["kubeconfigs"][0]["value"]
        document = yaml.safe_load(base64.b64decode(value))
        assert document["users"][0]["user"]["exec"]["command"] == "kubelogin"
        server = document["clusters"][0]["cluster"]["server"]
        lab.until(lambda: "aks-nodepool1" in kubectl(lab, server, token(lab, f"{ENTRA_SERVER}/.default")))
        assert "Unauthorized" in kubectl(lab, server, token(lab, f"{lab.arm_url}/.default"))
        assert "Unauthorized" in kubectl(lab, server, "nonsense")
    finally:
        lab.delete_cluster()


def test_service_account_of_the_lab_signs_in_to_azure(lab: RunningLab, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(lab.kubectl("create", "token", "default", "--audience=api://AzureADTokenExchange"))
    settings = lab.settings
    with WorkloadIdentityCredential(
        tenant_id=settings.tenant_id,
        client_id=settings.client_id,
        token_file_path=str(file),
        authority=lab.arm_url,
        disable_instance_discovery=True,
        connection_verify=str(lab.layout.ca),
    ) as credential:
        assert credential.get_token(f"{lab.arm_url}/.default").token
