# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Why Helm, or kubernetes.core on its behalf, has failed, and what the user of the role can do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..._errors import GpuopsError
from ..shared.explanation import Explanation
from ..signatures.helm import CHART, HELM, RELEASE_NOT_FOUND
from ..signatures.signature import recognize

FETCH, INSTALL, UNINSTALL = STEPS = ("fetch", "install", "uninstall")
_WHAT = {
    FETCH: "Helm cannot fetch the chart",
    INSTALL: "Helm could not install or upgrade the release {release} in the namespace {namespace}",
    UNINSTALL: "Helm could not uninstall the release {release} in the namespace {namespace}",
}
# What a step says that no row recognizes.
_OTHERWISE = {
    FETCH: Explanation(
        "ChartUnavailable",
        cause="The chart is looked up before anything is changed.",
        remedy="Correct gpu_operator_chart, gpu_operator_chart_version and, for the name of a chart, gpu_operator_chart_repository. "
        "Without access to NVIDIA's repository, set gpu_operator_chart to a mirror (oci://...) or to the path of a copy.",
    ),
    INSTALL: Explanation(
        "HelmFailed",
        cause="Helm or the API server has rejected something.",
        remedy="Correct gpu_operator_chart, gpu_operator_chart_version or gpu_operator_values, whichever the message is about.",
    ),
    UNINSTALL: Explanation(
        "HelmFailed",
        cause="Helm or the API server has rejected something.",
        remedy="Correct what the message is about, and run this step again.",
    ),
}
_JOBS = Explanation(
    "ChartJobNotEnded",
    cause="Helm waits for Jobs of the chart, and these have not ended: {jobs}.",
    remedy="Run 'kubectl describe job -n {namespace}', correct what keeps them from running, such as an image that cannot be pulled, and "
    "run this step again. If they are only slow, increase gpu_operator_helm_timeout.",
)
# kubernetes.core adds a traceback, and the response of the API server as text in quotes.
_TRACEBACK = re.compile(r"\s{0,9}Original traceback")
_WHERE = r"(?:at the cluster scope|in the namespace [^a-z]{0,4}[a-z0-9-]{1,63})"
_REFUSED = re.compile(rf"[a-z0-9./-]{{1,300}} is forbidden: User .{{1,2000}}?{_WHERE}")


@dataclass(frozen=True)
class HelmFailure:
    """A command of Helm, or a task of kubernetes.core, that has failed.

    step: one of STEPS. said: its message. revision: the number of the latest one before, 0 if there was none. working: the number of the
    newest one that Helm has completed, 0 if there is none. jobs: those of the chart that have not ended.
    """

    step: str
    said: str
    release: str = ""
    namespace: str = ""
    revision: int = 0
    working: int = 0
    jobs: tuple[str, ...] = ()


def helm_error(failure: HelmFailure) -> GpuopsError | None:
    """The error of a failure; None if what should be uninstalled is already gone."""
    explanation = _explanation(failure)
    if explanation.code == RELEASE_NOT_FOUND and failure.step == UNINSTALL:
        return None
    fields = {**vars(failure), "jobs": ", ".join(failure.jobs), "undo": _undo(failure), "revision": failure.revision or "1"}
    what = _WHAT[failure.step].format(**fields)
    return GpuopsError(
        f"{what}: {_said(failure.said)}",
        code=explanation.code,
        cause=explanation.cause.format(**fields),
        remedy=explanation.remedy.format(**fields),
    )


def _explanation(failure: HelmFailure) -> Explanation:
    known = recognize(failure.said, CHART if failure.step == FETCH else HELM)
    if known:
        return known[0].explanation
    return _JOBS if failure.jobs else _OTHERWISE[failure.step]


def _undo(failure: HelmFailure) -> str:
    """The command that ends the pending state: back to the revision that works, or away with the release if none does."""
    if failure.working:
        return f"helm rollback {failure.release} {failure.working}"
    return f"helm uninstall {failure.release}"


def _said(text: str) -> str:
    """The message in one paragraph, without kubernetes.core's traceback; of a refusal of the API server, only what that has said."""
    told = " ".join(_TRACEBACK.split(text)[0].split())
    refused = _REFUSED.search(told)
    return re.sub(r'[\\"]', "", refused[0]) if refused else told.rstrip(".")
