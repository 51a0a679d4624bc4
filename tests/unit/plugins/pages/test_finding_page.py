# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/diagnosis.md names every cause, and every cause is proven."""

from __future__ import annotations

import pytest

from .finding_page import PAGE, SOURCES, every_code, examples, lab_proofs, page, proof

CODES = sorted(every_code())
PROOFS = lab_proofs()
EXAMPLES = examples()


def test_codes_are_found_in_the_source() -> None:
    assert {"NoDevicePlugin", "GPUMissing", "NodeShutDown", "AllGpusInUse", "DriverMissing", "PodLacksToleration", "JobFailing"} < set(
        CODES
    )


@pytest.mark.parametrize("code", CODES)
def test_every_cause_is_proven_in_the_lab_or_by_a_text_whose_source_is_named(code: str) -> None:
    assert proof(code, PROOFS), f"{code} needs a lab test with pytest.mark.proves, or a source in finding_page.py"


@pytest.mark.parametrize("code", CODES)
def test_every_cause_has_a_fixture(code: str) -> None:
    assert code in EXAMPLES, "add a case to the unit test that docs/architecture.md names for its table"


def test_no_proof_is_left_over() -> None:
    assert set(PROOFS) <= set(CODES)
    assert not set(SOURCES) & set(PROOFS), "proven in the lab by now"
    assert set(SOURCES) <= set(CODES)


def test_the_page_is_the_one_that_the_fixtures_give() -> None:
    assert PAGE.read_text() == page(), "make pages writes docs/diagnosis.md anew"
