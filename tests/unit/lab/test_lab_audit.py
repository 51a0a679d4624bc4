# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import yaml

from tests.lab.supervisor import audit_policy

WRITES = [
    {"level": "None", "verbs": ["get", "list", "watch"]},
    {"level": "None", "resources": [{"group": "coordination.k8s.io", "resources": ["leases"]}]},
    {"level": "Metadata"},
]


def test_reads_are_left_out_of_the_audit_log() -> None:
    assert yaml.safe_load(audit_policy(reads=False))["rules"] == WRITES


def test_clients_reads_come_first_where_they_are_to_be_counted() -> None:
    people, robots, *rest = yaml.safe_load(audit_policy(reads=True))["rules"]
    assert people == {"level": "Metadata", "users": ["lab:client", "masterclient"]}
    assert robots == {"level": "Metadata", "userGroups": ["system:serviceaccounts:gpu-operator"]}
    assert rest == WRITES
