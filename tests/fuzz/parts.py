# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is fuzzed: the name of each part, its case, and how many cases the long form runs."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fuzz import azure_answers, kubeconfigs, kubernetes_answers, parameters
from tests.fuzz.report import Case

PARTS: Mapping[str, tuple[Case, int]] = {
    "parameters": (parameters.case, 10_000),
    "azure": (azure_answers.case, 5_000),
    "kubernetes": (kubernetes_answers.case, 5_000),
    "kubeconfigs": (kubeconfigs.case, 1_000),
}
