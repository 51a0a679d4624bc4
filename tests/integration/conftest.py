# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab for all tests of a worker's session, and one of 2021 for a module that asks for it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.plugins.dumps import codes_of, expect_same_from_files
from tests.integration.running_lab import REPOSITORY, RunningLab, running

# The files that take longest, from 3 minutes to half of one. They come first, so that the workers of `make integration`, each of which
# takes the next file when it has none, end at about the same time. Those that have a lab of their own come before the others: until a
# worker begins one of the latter, it has no lab for its session, which takes processor time even if nothing is asked of it.
LONGEST = (
    "playbooks/test_gpu_operator.py",
    "playbooks/test_gpu_operator_marks.py",
    "playbooks/test_adoption.py",
    "playbooks/test_failures.py",
    "playbooks/test_site.py",
    "playbooks/test_requests.py",
    "awx/test_awx.py",
    "playbooks/test_gpu_operator_rights.py",
    "playbooks/test_mixed_paths.py",
    "playbooks/test_managed.py",
    "playbooks/test_gpu_operator_sources.py",
    "playbooks/test_paths.py",
    "playbooks/test_entra.py",
    "playbooks/test_fleet.py",
    "plugins/test_gpu_proof.py",
    "plugins/test_gpu_proof_interrupted.py",
    "plugins/test_rbac.py",
    "plugins/test_gpu_operator_faults.py",
    "plugins/test_entry_points_kube.py",
    "plugins/test_api_server_troubles.py",
    "plugins/test_job_places.py",
    "plugins/test_job_endurance.py",
    "lab/test_bridge.py",
    "lab/test_kubelet_programs.py",
    "plugins/test_entry_points_azure.py",
    "plugins/test_scheduler_agreement.py",
    "plugins/test_job.py",
    "lab/test_gpu_operator_chart.py",
    "plugins/test_entry_points_keys.py",
    "plugins/test_diagnosis_jobs.py",
    "lab/test_kubelet.py",
    "lab/test_kubelet_proof.py",
)
_HERE = Path(__file__).parent
# By the directory of a lab, the codes of the findings with which its files have been compared.
_COMPARED: dict[Path, set[tuple[str, ...]]] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest files first; the tests of a file stay in their order."""
    ranks = {_HERE / name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """What a test leaves in its labs, files of them show as well as the clusters themselves. A lab compares the same findings once."""
    result = yield
    fixtures = getattr(item, "funcargs", {}).values()
    for each in {id(each): each for each in fixtures if isinstance(each, RunningLab)}.values():
        codes, compared = codes_of(each), _COMPARED.setdefault(each.dir, set())
        if codes not in compared:
            expect_same_from_files(each)
            compared.add(codes)
    return result


@contextmanager
def new_lab(request: pytest.FixtureRequest, era: str, *options: str) -> Iterator[RunningLab]:
    """A lab under build/, started with these options of `up`; its directory stays if a test failed, for the logs."""
    parent = REPOSITORY / "build"
    parent.mkdir(exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix=f"test-lab-{era}-", dir=parent))
    try:
        with running(directory, era=era, options=options) as started:
            yield started
    finally:
        if not request.session.testsfailed:
            shutil.rmtree(directory)


@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest) -> Iterator[RunningLab]:
    """A lab of 2026 that the whole session of a worker shares."""
    with new_lab(request, "2026") as started:
        yield started


@pytest.fixture(scope="module")
def lab2021(request: pytest.FixtureRequest) -> Iterator[RunningLab]:
    """A lab of 2021 that a module's tests share; few ask for one."""
    with new_lab(request, "2021") as started:
        yield started
