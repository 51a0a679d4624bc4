# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in for the API of AWX after playbooks/awx.yml."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.awx.applied import CHOSEN, FEW, apply, playbooks
from tests.integration.awx.controller import Controller, serving
from tests.integration.playbooks.playbook import Run

TASKS = 11  # of playbooks/tasks/awx.yml, one for each kind of object


@pytest.fixture(scope="session")
def applied() -> Iterator[tuple[Controller, str, Run]]:
    """The stand-in after check mode, which wrote nothing, and after one run."""
    controller = Controller(playbooks())
    with serving(controller) as url:
        predicted = apply(url, "--check", chosen={**CHOSEN, **FEW})
        assert predicted.status == 0, predicted.output[-4000:]
        assert predicted.counts["changed"] == TASKS
        assert controller.writes == []
        run = apply(url)
        assert run.status == 0, run.output[-4000:]
        yield controller, url, run
