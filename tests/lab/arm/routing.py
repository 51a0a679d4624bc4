# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.lab.arm.errors.gateway import InvalidRequestContentError, MethodNotAllowedError, NotSimulatedError

if TYPE_CHECKING:
    from tests.lab.arm.state import ArmState
    from tests.lab.arm.tokens import TokenIssuer

_PLACEHOLDER = re.compile(r"\\\{(\w+)\\\}")


@dataclass(frozen=True)
class Call:
    """One request as handlers see it; `headers` finds names in any letter case, `base_url` is the name the client used."""

    state: ArmState
    tokens: TokenIssuer
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    params: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """The body as a JSON object, or 400 InvalidRequestContent."""
        try:
            content = json.loads(self.body)
        except ValueError as error:
            raise InvalidRequestContentError(str(error)) from error
        if not isinstance(content, dict):
            raise InvalidRequestContentError(f"expected an object, found {type(content).__name__}")
        return content

    @property
    def preview(self) -> bool:
        """Whether the api-version is a preview."""
        return self.query.get("api-version", "").endswith("-preview")

    def json_object(self, name: str) -> dict[str, Any]:
        """A member of the body that is an object where it is present and not null."""
        member = self.json().get(name) or {}
        if not isinstance(member, dict):
            raise InvalidRequestContentError(f"'{name}' is not an object")
        return member


@dataclass(frozen=True)
class Reply:
    """A response as handlers make it: None for no body, anything else becomes JSON. byte_every_s: real seconds between its bytes."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    byte_every_s: float = 0.0


Handler = Callable[[Call], Reply]


@dataclass(frozen=True)
class Route:
    """A method and a path with {placeholders}; public ones need no token and no api-version."""

    method: str
    template: str
    handler: Handler
    public: bool = False


class Router:
    """Finds the route of a request; ARM's paths are the same in any letter case, the values in them keep theirs."""

    def __init__(self, routes: Iterable[Route]) -> None:
        # By the number of slashes: most of the routes need not be looked at.
        self._routes: dict[int, list[tuple[re.Pattern[str], Route]]] = {}
        for route in routes:
            self._routes.setdefault(route.template.count("/"), []).append((_pattern(route.template), route))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route and its placeholders' values, or 405 or 501."""
        known_path = False
        for pattern, route in self._routes.get(path.rstrip("/").count("/"), []):
            match = pattern.fullmatch(path)
            if match and route.method == method:
                return route, match.groupdict()
            known_path = known_path or match is not None
        if known_path:
            raise MethodNotAllowedError(method, path)
        raise NotSimulatedError(method, path)


def _pattern(template: str) -> re.Pattern[str]:
    expression = _PLACEHOLDER.sub(r"(?P<\1>[^/]+)", re.escape(template))
    return re.compile(f"{expression}/?", re.IGNORECASE)
