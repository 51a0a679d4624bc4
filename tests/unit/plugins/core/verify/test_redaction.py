# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaves a cluster in an archive, and what does not."""

from __future__ import annotations

import json

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.redaction import redacted, redacted_text

from ...builders import GPU_NODE, daemonset, node, pod

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("dial tcp 10.224.0.4:443: i/o timeout", "10.224.0.4"),
        ("the node is at 10.224.0.4.", "10.224.0.4"),
        ("Get https://fd00:10:96::1/x", "fd00:10:96::1"),
        ("from 2001:db8:0:0:0:0:2:1", "2001:db8:0:0:0:0:2:1"),
        ("mac 00:0d:3a:ab:cd:ef up", "00:0d:3a:ab:cd:ef"),
        (f"Authorization: Bearer {JWT}", JWT),
        (f"the token was {JWT}", JWT),
        ("login with password=hunter2 failed", "hunter2"),
        ('{"clientSecret": "hunter2"}', "hunter2"),
        ("pull https://user:hunter2@registry.example/x", "hunter2"),
        ("https://x.blob.core.windows.net/a?sig=abc%2Fdef", "abc%2Fdef"),
    ],
)
def test_secrets_and_addresses_are_taken_out_of_texts(text: str, gone: str) -> None:
    assert gone not in redacted_text(text)
    assert "***" in redacted_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "NVRM: Xid (PCI:0002:00:00): 79, GPU has fallen off the bus.",
        "AKSUbuntu-2204gen2containerd-202610.12.0",
        "driver 580.126.09, containerd://2.1.4, v1.33.2",
        "2026-11-28T10:01:12Z",
        "mcr.microsoft.com/oss/nvidia@sha256:0123456789abcdef",
        "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.",
        'secrets "pull" not found',
        "failed to fetch oauth token: unexpected status: 401 Unauthorized",
        "GPU-8dc7a0c9-0e39-4000-8000-000000000001",
    ],
)
def test_what_a_diagnosis_needs_stays(text: str) -> None:
    assert redacted_text(text) == text


def test_objects_keep_their_names_and_lose_values() -> None:
    secret = "hunter2"  # it is what must not be found
    made = daemonset()
    made["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": secret, "nvidia.com/x": "y"}
    container = made["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [{"name": "MIG_STRATEGY", "value": "mixed"}, {"name": "LICENSE", "value": secret}]
    container["args"] = ["--client-token", secret, "--mig-strategy", "mixed", f"--password={secret}"]
    shown = redacted(made)
    assert secret not in json.dumps(shown)
    kept = shown["spec"]["template"]["spec"]["containers"][0]
    assert kept["env"] == [{"name": "MIG_STRATEGY", "value": "mixed"}, {"name": "LICENSE"}]
    assert kept["args"][2:4] == ["--mig-strategy", "mixed"]
    assert shown["metadata"]["annotations"] == {"nvidia.com/x": "y"}
    assert shown["metadata"]["name"] == made["metadata"]["name"]


def test_addresses_of_nodes_and_pods_are_dropped() -> None:
    made, running = node(), pod()
    made["status"]["addresses"] = [{"type": "InternalIP", "address": "10.224.0.4"}]
    running["status"].update(podIP="10.244.1.7", hostIP="10.224.0.4", podIPs=[{"ip": "10.244.1.7"}])
    shown = json.dumps(redacted([made, running]))
    assert "10.2" not in shown
    assert GPU_NODE in shown
