# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The arguments of gpu_metrics_info, and the checked request that they become."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Mapping

from ..._core.metrics.catalog import Wanted, wanted
from ..._core.metrics.prometheus import MOST_POINTS
from ..._core.nodes.labels import checked_value
from ..._core.shared.counts import counted
from ..._core.shared.ranges import WINDOW
from ..._core.shared.strings import as_texts
from ..._errors import InvalidInputError
from ..arguments import azure_arguments, cluster_arguments, kube_arguments

AUTO, EXPORTER, PROMETHEUS, CONTAINER_INSIGHTS = "auto", "exporter", "prometheus", "container_insights"
SOURCES = (EXPORTER, PROMETHEUS, CONTAINER_INSIGHTS)
_SHORTEST_STEP, _USUAL_POINTS = 30, 120
_URL = re.compile(r"https?://[^/\s@]+(?:/\S*)?")
_LOCAL = re.compile(r"http://(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$)")
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


@dataclass(frozen=True)
class MetricsRequest:
    """Which metrics of which nodes (pool None: all GPU nodes), as last values or over a window, and the source to ask (None: the best).

    window, step: in seconds; a window of 0 is only the last value.
    """

    source: str | None
    pool: str | None
    wanted: Wanted
    window: int
    step: int
    prometheus_url: str
    prometheus_token: str = field(repr=False)
    prometheus_labels: Mapping[str, str]


def arguments() -> dict[str, Any]:
    """The argument specification."""
    return {
        **azure_arguments(),
        **kube_arguments(),
        **cluster_arguments(),
        "source": {"type": "str", "choices": [AUTO, *SOURCES], "default": AUTO},
        "pool": {"type": "str", "default": ""},
        "metrics": {"type": "list", "elements": "str", "default": []},
        "window": {"type": "int", "default": 0},
        "step": {"type": "int", "default": 0},
        "prometheus_url": {"type": "str", "default": ""},
        "prometheus_token": {"type": "str", "no_log": True},
        "prometheus_labels": {"type": "dict", "default": {}},
    }


def request_of(params: Mapping[str, Any]) -> MetricsRequest:
    """The checked request. Raises InvalidInputError."""
    window, step = (WINDOW.checked(name, params[name]) for name in ("window", "step"))
    url, token = _checked_url(params["prometheus_url"]), params["prometheus_token"] or ""
    if token and url.startswith("http://") and not _LOCAL.match(url):
        raise _refused("prometheus_url is not https, so the token could be read on the way.", "Use https, or leave out prometheus_token.")
    return MetricsRequest(
        source=None if params["source"] == AUTO else params["source"],
        pool=checked_value("pool", params["pool"]) or None,
        wanted=wanted(params["metrics"]),
        window=window,
        step=_checked_step(step, window),
        prometheus_url=url,
        prometheus_token=token,
        prometheus_labels=_checked_labels(as_texts("prometheus_labels", params["prometheus_labels"])),
    )


def _checked_step(step: int, window: int) -> int:
    """The step, or one that gives about a hundred points."""
    if step == 0:
        return max(_SHORTEST_STEP, window // _USUAL_POINTS)
    if window > step * MOST_POINTS:
        steps = f"more than {MOST_POINTS} steps of {counted(step, 'second')}"
        raise _refused(f"There are {steps} in the window.", "Raise step, or leave it out.")
    return step


def _checked_url(url: str) -> str:
    if url and not _URL.fullmatch(url):
        raise _refused("prometheus_url is not a valid URL without a password.", "Set it to one such as https://prometheus.example.com.")
    return url.rstrip("/")


def _checked_labels(labels: Mapping[str, str]) -> Mapping[str, str]:
    wrong = [name for name in labels if not _LABEL_NAME.fullmatch(name)]
    if wrong:
        raise _refused(f"prometheus_labels: '{wrong[0]}' is not a label of Prometheus.", "Use letters, digits and underscores.")
    return labels


def _refused(problem: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(problem, code="InvalidMetricsQuery", cause="A query with this value could not be sent.", remedy=remedy)
