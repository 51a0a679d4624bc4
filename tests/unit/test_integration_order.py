# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

from tests.integration import conftest


def test_files_that_come_first_exist() -> None:
    here = Path(conftest.__file__).parent
    assert [name for name in conftest.LONGEST if not (here / name).is_file()] == []
