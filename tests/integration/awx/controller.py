# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the API of AWX: it keeps what the modules of awx.awx write, refuses what AWX refuses, and records every request.

It runs no job and updates no project. What it reproduces, and what it does not, is in tests/lab/FIDELITY.md.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .refusals import RefusedError, checked

Json = dict[str, Any]
TOKEN, USER, PASSWORD = "stand-in-token", "admin", "stand-in-password"
_API = "/api/v2/"
# Where a template of any kind is found by its name.
_UNIFIED = ("job_templates", "projects", "inventory_sources", "workflow_job_templates", "workflow_approval_templates")
_ENDPOINT = re.compile(r"/api/v2/(?P<kind>\w+)/(?:(?P<id>\d+)/(?:(?P<related>\w+)/)?)?$")
_ENCRYPTED = "$encrypted$"


class Controller:
    """The objects by kind and ID, and the requests so far."""

    def __init__(self, playbooks: tuple[str, ...]) -> None:
        self.playbooks = playbooks
        self.requests: list[tuple[str, str, Any]] = []
        self.surveys: dict[int, Json] = {}
        self.related: dict[tuple[int, str], list[int]] = {}
        self._objects: dict[int, Json] = {}
        self._lock = Lock()
        self.add("organizations", {"name": "Default"})

    @property
    def writes(self) -> list[tuple[str, str, Any]]:
        """The requests that were to change something, but for those that sign in and out."""
        return [one for one in self.requests if one[0] != "GET" and "/tokens/" not in one[1]]

    def all(self, kind: str) -> list[Json]:
        """The objects of a kind, with their secrets."""
        kinds = _UNIFIED if kind == "unified_job_templates" else (kind,)
        return [each for each in self._objects.values() if each["kind"] in kinds]

    def named(self, kind: str, name: str) -> Json:
        """The object of that kind with that name."""
        (found,) = [each for each in self.all(kind) if each["fields"].get("name") == name]
        return found

    def by_id(self, number: int) -> Json | None:
        """The object with this ID, of whatever kind."""
        return self._objects.get(number)

    def names(self, of: Json, related: str) -> list[str]:
        """The names of the objects that are related to one in a way."""
        fields = [self._objects[number]["fields"] for number in self.related.get((of["id"], related), [])]
        return sorted(each.get("name") or each["identifier"] for each in fields)

    def add(self, kind: str, fields: Json) -> Json:
        """Create an object."""
        number = len(self._objects) + 1
        self._objects[number] = {"id": number, "kind": kind, "fields": dict(fields)}
        return self._objects[number]

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        """What AWX answers to a request that has signed in."""
        found = _ENDPOINT.match(path)
        if not found:
            return 404, {"detail": "Not found."}
        with self._lock:
            try:
                return self._routes(found)[method](found, query, body)
            except KeyError:
                return 404, {"detail": "Not found."}
            except RefusedError as error:
                return 400, error.answer

    def _routes(self, found: re.Match[str]) -> Mapping[str, Callable[..., tuple[int, Any]]]:
        if found["related"] == "survey_spec":
            return {"GET": self._survey, "POST": self._write_survey}
        if found["related"] == "create_approval_template":
            return {"POST": self._create_approval}
        if found["related"]:
            return {"GET": self._list_related, "POST": self._relate}
        return {"GET": self._get, "PATCH": self._patch} if found["id"] else {"GET": self._list, "POST": self._create}

    def _list(self, found: re.Match[str], query: Mapping[str, str], _body: Any) -> tuple[int, Any]:
        wanted = {name: value for name, value in query.items() if name not in ("page_size", "type")}
        return 200, _page([self._shown(each) for each in self.all(found["kind"]) if _fits(each["fields"], wanted)])

    def _create(self, found: re.Match[str], _query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        return 201, self._shown(self.add(found["kind"], checked(self, found["kind"], body, {})))

    def _get(self, found: re.Match[str], _query: Mapping[str, str], _body: Any) -> tuple[int, Any]:
        return 200, self._shown(self._of(found))

    def _patch(self, found: re.Match[str], _query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        one = self._of(found)
        one["fields"] = checked(self, one["kind"], body, one["fields"])
        return 200, self._shown(one)

    def _survey(self, found: re.Match[str], _query: Mapping[str, str], _body: Any) -> tuple[int, Any]:
        return 200, self.surveys.get(self._of(found)["id"], {})

    def _write_survey(self, found: re.Match[str], _query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        self.surveys[self._of(found)["id"]] = checked(self, "survey_spec", body, {})
        return 200, {}

    def _create_approval(self, found: re.Match[str], _query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        node = self._of(found)
        approval = self.add("workflow_approval_templates", body)
        node["fields"]["unified_job_template"] = approval["id"]
        return 201, self._shown(approval)

    def _list_related(self, found: re.Match[str], _query: Mapping[str, str], _body: Any) -> tuple[int, Any]:
        return 200, _page([self._shown(self._objects[each]) for each in self.related.get((self._of(found)["id"], found["related"]), [])])

    def _relate(self, found: re.Match[str], _query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        related = self.related.setdefault((self._of(found)["id"], found["related"]), [])
        other = self._objects[body["id"]]["id"]
        if body.get("disassociate"):
            related.remove(other)
        else:
            related.append(other)
        return 204, None

    def _of(self, found: re.Match[str]) -> Json:
        one = self._objects[int(found["id"])]
        if one["kind"] != found["kind"]:
            raise KeyError(found["kind"])
        return one

    def _shown(self, one: Json) -> Json:
        url = f"{_API}{one['kind']}/{one['id']}/"
        template = self._objects.get(one["fields"].get("unified_job_template", 0))
        related = {"survey_spec": f"{url}survey_spec/", "unified_job_template": template and f"{_API}{template['kind']}/{template['id']}/"}
        return {
            **_without_secrets(self, one),
            "id": one["id"],
            "type": one["kind"].removesuffix("s"),
            "url": url,
            "related": {name: link for name, link in related.items() if link},
            "summary_fields": {},
            **({"scm_revision": "0" * 40} if one["kind"] == "projects" else {}),
        }


def _page(results: list[Json]) -> Json:
    return {"count": len(results), "next": None, "previous": None, "results": results}


def _fits(fields: Json, wanted: Mapping[str, str]) -> bool:
    return all(str(fields.get(name)) == value for name, value in wanted.items())


def _without_secrets(controller: Controller, one: Json) -> Json:
    """The fields as AWX shows them: the secrets of a credential hidden."""
    fields: Json = one["fields"]
    if one["kind"] != "credentials" or "inputs" not in fields:
        return fields
    kind = controller.by_id(fields["credential_type"])
    secret = {field["id"] for field in (kind or {"fields": {}})["fields"].get("inputs", {}).get("fields", []) if field.get("secret")}
    return {**fields, "inputs": {name: _ENCRYPTED if name in secret else value for name, value in fields["inputs"].items()}}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, controller: Controller) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.controller = controller


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._do()

    def do_POST(self) -> None:
        self._do()

    def do_PATCH(self) -> None:
        self._do()

    def _do(self) -> None:
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        self.server.controller.requests.append((self.command, url.path, body))
        self._send(*self._answer(url.path, dict(parse_qsl(url.query)), body))

    def _answer(self, path: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        basic = f"Basic {b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
        if path.startswith(f"{_API}tokens/"):
            return (
                (201, {"id": 1, "token": TOKEN}) if self.headers.get("Authorization") == basic else (401, {"detail": "Invalid password."})
            )
        if self.headers.get("Authorization") not in (f"Bearer {TOKEN}", basic):
            return 401, {"detail": "Authentication credentials were not provided."}
        return self.server.controller.answer(self.command, path, query, body)

    def _send(self, status: int, body: Any) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", "24.6.1")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        """Nothing: the requests are recorded."""


@contextmanager
def serving(controller: Controller) -> Iterator[str]:
    """The URL at which the stand-in answers."""
    server = _Server(controller)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
