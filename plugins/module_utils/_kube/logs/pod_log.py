# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads and follows the log of a pod's container across log rotations and interrupted connections."""

from __future__ import annotations

import threading
from collections import deque
from http import HTTPStatus
from typing import Any, Callable

from ..._errors import KubernetesError
from ..client import KubeClient
from ..resources import PODS
from .streams import cut, log_lines
from .transcript import Transcript

try:
    from urllib3 import BaseHTTPResponse
    from urllib3.exceptions import HTTPError
except ImportError:  # the entry point reports what is missing
    pass

# Less than the idle timeout of Azure's load balancer (4 minutes), which drops idle connections without notice.
_SILENCE_SECONDS = 200.0
_RETRY_SECONDS = 1.0
_REST_SECONDS = 2.0  # how long the stream of a container that has ended may take to end
_MAX_SECONDS = 3600.0  # reading a long log may take until the task's deadline
# How much of a log's end is searched for the reason of a failure.
_TAIL, _TAIL_BYTES = 200, 65536
_TAIL_SECONDS = 10.0  # the reason is not worth waiting for a kubelet that does not respond
# The pod no longer exists, or the container has no log yet.
_NO_LOG = (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST)


def last_lines(client: KubeClient, pod: str, namespace: str, container: str) -> str:
    """The end of a container's log, or of its previous run's log if it is empty; "" if both are. Raises KubernetesError.

    Args:
        client: the client of the cluster.
        pod: the name of the pod.
        namespace: its namespace.
        container: the name of the container.
    """
    path, what = f"{PODS.object(pod, namespace)}/log", f"Reading the log of {pod}"
    for run in ({}, {"previous": "true"}):
        query = {"container": container, "tailLines": _TAIL, "limitBytes": _TAIL_BYTES, **run}
        try:
            with client.exchange("GET", path, what=what, query=query, accept="*/*", limit=client.limit(_TAIL_SECONDS)) as response:
                text = "\n".join(deque(log_lines(response, followed=False), maxlen=_TAIL))
        except KubernetesError as error:
            if error.status not in _NO_LOG:
                raise
            text = ""
        if text:
            return text
    return ""


class PodLog:
    """The log of one run of a pod's container, followed as it grows, so that it outlives the pod, the node and the rotation of its file.

    The end of a stream does not mean that the container has ended: the log is requested again until `stop` is called.

    Args:
        client: the client of the cluster.
        pod: the name of the pod.
        namespace: its namespace.
        container: the name of the container.
        whole: takes each line; `lines` has only as many as the memory limit allows.
    """

    def __init__(self, client: KubeClient, pod: str, namespace: str, container: str, *, whole: Callable[[str], None] | None = None) -> None:
        self._client = client
        self._container = container
        self._path = f"{PODS.object(pod, namespace)}/log"
        self._what = f"Reading the log of {pod}"
        self._transcript = Transcript(whole)
        self._taking = threading.Lock()
        self._stopped = threading.Event()
        self._idle = threading.Event()  # no stream is open
        self._idle.set()
        self._response: BaseHTTPResponse | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines read so far, within the memory limit."""
        with self._taking:
            return tuple(self._transcript.kept.lines)

    @property
    def dropped(self) -> int:
        """The number of lines that were read and are not kept."""
        with self._taking:
            return self._transcript.kept.dropped

    def newest(self, most: int) -> tuple[str, ...]:
        """The last lines read so far, at most this many."""
        with self._taking:
            return tuple(self._transcript.kept.newest(most))

    def start(self) -> None:
        """Start to follow the log in a thread."""
        self._idle.clear()
        threading.Thread(target=self._follow, daemon=True).start()

    def stop(self) -> None:
        """Stop the thread, even if it is waiting for the server; it takes no more lines."""
        with self._taking:
            self._stopped.set()
        cut(self._response)

    def catch_up(self, *, previous: bool = False) -> None:
        """Read the rest of the log and stop following it. Raises KubernetesError.

        Args:
            previous: whether the container has been restarted, so that this log is its previous one.
        """
        query = self._query(**({"previous": "true"} if previous else {}))
        limit = self._client.limit(_MAX_SECONDS)
        try:
            with self._client.exchange("GET", self._path, what=self._what, query=query, accept="*/*", limit=limit) as response:
                self.stop()
                take = self._transcript.reading()
                for line in log_lines(response, followed=False):
                    take(line)
        except KubernetesError as error:
            # The open stream may be all that is left of a deleted pod's log: let the thread finish reading it.
            self._idle.wait(_REST_SECONDS)
            if error.status in _NO_LOG:
                return
            raise
        finally:
            self.stop()

    def _follow(self) -> None:
        while not self._stopped.is_set():
            self._idle.clear()
            try:
                self._read_stream()
            except KubernetesError as error:
                if error.status == HTTPStatus.FORBIDDEN:
                    return
            finally:
                self._idle.set()
            self._stopped.wait(_RETRY_SECONDS)
        self._idle.set()

    def _read_stream(self) -> None:
        query = self._query(follow="true")
        response = self._response = self._client.stream(self._path, what=self._what, query=query, accept="*/*", silence=_SILENCE_SECONDS)
        try:
            if self._stopped.is_set():  # stop was called before there was a response to cut
                return
            take = self._transcript.reading()
            for line in log_lines(response, followed=True):
                with self._taking:
                    if self._stopped.is_set():
                        return
                    take(line)
        except (HTTPError, OSError, ValueError):
            pass  # an interrupted stream is normal
        finally:
            self._response = None
            response.close()

    def _query(self, **more: str) -> dict[str, Any]:
        since = self._transcript.since
        return {"container": self._container, "timestamps": "true", **({"sinceTime": since} if since else {}), **more}
