# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real browser without a window, driven by its DevTools protocol over a pipe: what a person would see of a page, as numbers."""

from __future__ import annotations

import itertools
import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = ("--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")
_PATIENCE_S = 60
_MEASURE = (Path(__file__).parent / "measure.js").read_text()


def program() -> str | None:
    """The browser of this machine; none if there is none."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@dataclass(frozen=True)
class View:
    """What a page looks like in a window: what measure.js returns, and what the browser reports."""

    measured: Json
    console: list[str]
    requests: list[str]


@dataclass
class Tab:
    """A tab of the browser, over whose pipe it speaks."""

    to: int
    of: int
    session: str = ""
    events: list[Json] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _rest: bytes = b""

    def look_at(self, page: Path, *, width: int, scheme: str, media: str = "screen") -> View:
        """Open a page in a window of this width, in the color scheme light or dark, on a screen or in print, and measure it."""
        self.events.clear()
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url=page.as_uri())
        self._until("Page.loadEventFired")
        result = self.call("Runtime.evaluate", expression=_MEASURE, returnByValue=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        console = [
            json.dumps(event["params"]) for event in self._happened("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
        ]
        requests = [event["params"]["request"]["url"] for event in self._happened("Network.requestWillBeSent")]
        return View(result["result"]["value"], console, requests)

    def call(self, method: str, **params: Any) -> Json:
        """Call a method of the DevTools protocol; its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params, **({"sessionId": self.session} if self.session else {})}
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while (answer := self._message()).get("id") != number:
            self.events.append(answer)
        assert "error" not in answer, f"{method}: {answer}"
        result: Json = answer["result"]
        return result

    def _until(self, method: str) -> None:
        while not any(event["method"] == method for event in self.events):
            self.events.append(self._message())

    def _happened(self, *methods: str) -> list[Json]:
        return [event for event in self.events if event.get("method") in methods]

    def _message(self) -> Json:
        while b"\0" not in self._rest:
            ready, _writable, _failed = select.select([self.of], [], [], _PATIENCE_S)
            assert ready, f"the browser has not answered for {_PATIENCE_S} s"
            read = os.read(self.of, 1 << 20)
            assert read, "the browser has ended"
            self._rest += read
        one, _end, self._rest = self._rest.partition(b"\0")
        message: Json = json.loads(one)
        return message


@contextmanager
def tab(browser: str, profile: Path) -> Iterator[Tab]:
    """A tab of a new browser, with a profile of its own."""
    its_input, to = os.pipe()
    of, its_output = os.pipe()
    as_it_expects = f"import os, sys; os.dup2({its_input}, 3); os.dup2({its_output}, 4); os.execv(sys.argv[1], sys.argv[1:])"
    command = [sys.executable, "-c", as_it_expects, browser, *_FLAGS, f"--user-data-dir={profile}"]
    process = subprocess.Popen(command, pass_fds=(its_input, its_output), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(its_input)
    os.close(its_output)
    try:
        opened = Tab(to, of)
        target = opened.call("Target.createTarget", url="about:blank")["targetId"]
        opened.session = opened.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            opened.call(f"{domain}.enable")
        yield opened
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)
        os.close(to)
        os.close(of)
