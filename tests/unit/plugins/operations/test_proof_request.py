# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of gpu_proof, and where its evidence can be written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.evidence_files import checked_directory
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.operation import OPERATION
from ansible_collections.gpuops.aks.plugins.module_utils._operations.proof.request import ProofRequest, proof_request
from ansible_collections.gpuops.aks.plugins.module_utils._proof.limits import MOST_SECONDS

from ..builders import assert_explained
from ..tasks import task_parameters


def request(**params: Any) -> ProofRequest:
    return proof_request(task_parameters(OPERATION, params), "0" * 32)


@pytest.mark.parametrize(
    ("params", "code", "option"),
    [
        ({"parallel": 0}, "OutOfRange", "parallel"),
        ({"parallel": 1001}, "OutOfRange", "parallel"),
        ({"timeout": 0}, "OutOfRange", "timeout"),
        ({"timeout": MOST_SECONDS + 1}, "OutOfRange", "timeout"),
        ({"wait_timeout": 0}, "OutOfRange", "wait_timeout"),
        ({"namespace": "../kube-system"}, "InvalidName", "namespace"),
        ({"image": ""}, "InvalidName", "image"),
        ({"image": "python 3"}, "InvalidName", "image"),
        ({"nodes": ["a/b"]}, "InvalidName", "nodes"),
        ({"image_pull_secrets": [""]}, "InvalidName", "image_pull_secrets"),
        ({"node_selector": {"team": None}}, "NotAString", "node_selector"),
        ({"pool": "gpu np"}, "InvalidLabel", "pool: 'gpu np'"),
    ],
)
def test_wrong_option_is_refused(params: dict[str, Any], code: str, option: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        request(**params)
    assert_explained(refused.value, code, option)


def test_time_of_a_device_depends_on_the_level() -> None:
    assert request().settings.seconds < request(level="train").settings.seconds < request(level="stress").settings.seconds
    assert request(level="stress", timeout=5).settings.seconds == 5
    assert request(timeout=MOST_SECONDS).settings.seconds == MOST_SECONDS


def test_labels_become_a_selector() -> None:
    assert request(node_selector={"b": 2, "a": True}).selection.label_selector == "a=true,b=2"


def test_evidence_needs_a_directory_that_can_be_made(tmp_path: Path) -> None:
    assert checked_directory(str(tmp_path / "a" / "b")) == tmp_path / "a" / "b"
    (tmp_path / "file").write_text("")
    deep = Path(tmp_path, *["d" * 200] * 20)
    for wrong in (tmp_path / "file", tmp_path / "file" / "below", "\0", tmp_path / "a" / ("n" * 256), deep):
        with pytest.raises(InvalidInputError) as refused:
            checked_directory(str(wrong))
        assert refused.value.code == "UnwritableFile"


def test_link_to_nothing_in_the_path_of_evidence_is_named(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "gone")
    for path in (link, link / "below"):
        with pytest.raises(InvalidInputError) as refused:
            checked_directory(str(path))
        assert f"{link} is a link" in refused.value.cause
        assert str(link) in refused.value.remedy
