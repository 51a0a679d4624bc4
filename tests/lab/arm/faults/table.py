# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every failure that the lab can produce on demand. Where a text comes from, and which are the lab's own: ../../FIDELITY.md.

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.lab.arm.faults.failures import FAILURES
from tests.lab.arm.faults.fault import Fault
from tests.lab.arm.faults.refusals import REFUSALS
from tests.lab.arm.faults.reports import REPORTS
from tests.lab.arm.faults.transport import ACCESS, TRANSPORT

FAULTS: Mapping[str, Fault] = MappingProxyType({fault.name: fault for fault in (*REFUSALS, *FAILURES, *REPORTS, *TRANSPORT, *ACCESS)})
