# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What Azure says while something else runs: today it names the operation, in 2021 only the state.

from __future__ import annotations

import re

import pytest

from tests.lab.arm.errors.gateway import ArmError
from tests.unit.lab.arm_lab import Lab

ID = r"\(operation ID: [0-9a-f-]{36}\)"
STARTED = r"started on UTC 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ\. Please wait for it to finish before starting a new operation\."
ABORT_POOL = r"You can also use 'az aks nodepool operation-abort'"
NEW_POOL = {
    "create": rf"there's an in progress create node pool operation {ID} on the agent pool gpunp {STARTED} {ABORT_POOL}",
    "update": rf"there's an in progress update node pool operation {ID} on the agent pool gpunp {STARTED}",
    "delete": rf"there's an in progress delete node pool operation {ID} on the agent pool gpunp {STARTED}",
}
NEW_CLUSTER = {
    "create": rf"there's an in progress create managed cluster operation {ID} on the managed cluster {STARTED} .*'az aks operation-abort'",
    "update": rf"there's an in progress update managed cluster operation {ID} on the managed cluster {STARTED}",
}
OLD_POOL = {
    "create": r"Another agentpool operation \(gpunp - Creating\) is in progress, please wait",
    "update": r"Another agentpool operation \(gpunp - Scaling\) is in progress, please wait",
    "delete": r"Another agentpool operation \(gpunp - Deleting\) is in progress, please wait",
}


def with_busy_pool(era: str, doing: str) -> Lab:
    lab = Lab(era).with_cluster()
    lab.put_pool()
    if doing != "create":
        lab.advance(273)
        lab.put_pool(count=2) if doing == "update" else lab.state.aks.pool_work.delete("rg", "aks", "gpunp")
    return lab


@pytest.mark.parametrize("act", ["put", "delete", "image"])
@pytest.mark.parametrize("doing", ["create", "update"])
@pytest.mark.parametrize(("era", "texts"), [("2026", NEW_POOL), ("2021", OLD_POOL)])
def test_a_busy_pool_is_left_alone(era: str, texts: dict[str, str], doing: str, act: str) -> None:
    lab = with_busy_pool(era, doing)
    work = lab.state.aks.pool_work
    acts = {
        "put": lab.put_pool,
        "delete": lambda: work.delete("rg", "aks", "gpunp"),
        "image": lambda: work.upgrade_image("rg", "aks", "gpunp"),
    }
    with pytest.raises(ArmError) as refusal:
        acts[act]()
    assert (refusal.value.status, refusal.value.code) == (409, "OperationNotAllowed")
    assert re.search(texts[doing], refusal.value.message)


@pytest.mark.parametrize(("era", "texts"), [("2026", NEW_POOL), ("2021", OLD_POOL)])
@pytest.mark.parametrize("act", ["put", "delete", "stop"])
@pytest.mark.parametrize("doing", ["create", "update", "delete"])
def test_a_busy_pool_keeps_its_cluster_from_changing(era: str, texts: dict[str, str], act: str, doing: str) -> None:
    lab = with_busy_pool(era, doing)
    work = lab.state.aks.cluster_work
    acts = {
        "put": lab.put_cluster,
        "delete": lambda: work.delete("rg", "aks"),
        "stop": lambda: work.set_power("rg", "aks", stopped=True),
    }
    with pytest.raises(ArmError, match=texts[doing]):
        acts[act]()


@pytest.mark.parametrize("doing", ["create", "update"])
def test_a_busy_cluster_takes_no_pool(doing: str) -> None:
    lab = Lab()
    lab.put_cluster()
    if doing == "update":
        lab.advance(322)
        lab.put_cluster(tags={"a": "b"})
    with pytest.raises(ArmError, match=NEW_CLUSTER[doing]):
        lab.put_pool()


def test_busy_cluster_has_the_message_of_2021() -> None:
    lab = Lab("2021")
    lab.put_cluster()
    with pytest.raises(ArmError, match=r"Another operation \(Creating\) is in progress"):
        lab.put_pool()
