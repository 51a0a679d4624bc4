# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small Kubernetes client on the lab's event loop: requests, and mirrors kept current by watches."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import aiohttp

Object = dict[str, Any]

_log = logging.getLogger(__name__)
_JSON = "application/json"
_MERGE = "application/merge-patch+json"
_STRATEGIC = "application/strategic-merge-patch+json"
_RETRY_S = 0.1
# The longest line of a watch: one object, with all its managed fields.
_LINE_LIMIT = 4 * 2**20


class ApiError(Exception):
    """The Kubernetes API refused a request; the text is its own message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status

    @property
    def already_exists(self) -> bool:
        return self.status == HTTPStatus.CONFLICT

    @property
    def not_found(self) -> bool:
        return self.status == HTTPStatus.NOT_FOUND


class KubeApi:
    """JSON requests to one API server as one user."""

    def __init__(self, server: str, tls: ssl.SSLContext) -> None:
        connector = aiohttp.TCPConnector(ssl=tls, limit=0)
        self._session = aiohttp.ClientSession(
            server, connector=connector, read_bufsize=_LINE_LIMIT, timeout=aiohttp.ClientTimeout(total=None)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        await self._session.close()

    async def get(self, path: str, *, accept: str = _JSON) -> Object:
        """The object or list at that path, in that form."""
        return await self._request("GET", path, accept=accept)

    async def create(self, path: str, body: Object) -> Object:
        """Makes the object in that collection."""
        return await self._request("POST", path, body=body)

    async def replace(self, path: str, body: Object) -> Object:
        """Puts the object in place of what is there."""
        return await self._request("PUT", path, body=body)

    async def merge(self, path: str, patch: Object) -> Object:
        """Replaces what the patch names; a list is replaced whole."""
        return await self._request("PATCH", path, body=patch, content_type=_MERGE)

    async def merge_by_key(self, path: str, patch: Object) -> Object:
        """Merges lists by their keys where the kind has any, so that other parties' conditions stay."""
        return await self._request("PATCH", path, body=patch, content_type=_STRATEGIC)

    async def delete(self, path: str, options: Object | None = None) -> None:
        """Deletes the object, or those of the collection; it is no error if nothing is there."""
        try:
            await self._request("DELETE", path, body={"kind": "DeleteOptions", "apiVersion": "v1", **(options or {})})
        except ApiError as error:
            if not error.not_found:
                raise

    async def watch(self, path: str, version: str) -> AsyncIterator[Object]:
        """Events after that resource version, until the server ends the watch."""
        query = {"watch": "true", "resourceVersion": version, "allowWatchBookmarks": "true"}
        async with self._session.get(path, params=query) as response:
            await _raise_for_status(response)
            async for line in response.content:
                yield json.loads(line)

    async def _request(
        self, method: str, path: str, *, body: Object | None = None, content_type: str = _JSON, accept: str = _JSON
    ) -> Object:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": content_type, "Accept": accept}
        async with self._session.request(method, path, data=data, headers=headers) as response:
            await _raise_for_status(response)
            result: Object = await response.json()
            return result


async def _raise_for_status(response: aiohttp.ClientResponse) -> None:
    if response.status < HTTPStatus.BAD_REQUEST:
        return
    text = await response.text()
    try:
        message = json.loads(text)["message"]
    except (ValueError, KeyError, TypeError):
        message = text
    raise ApiError(response.status, message)


class Mirror:
    """All objects of one kind, kept current by a watch, which notifies subscribers of every change."""

    def __init__(self, api: KubeApi, path: str) -> None:
        self._api = api
        self._path = path
        self._objects: dict[str, Object] = {}
        self._listeners: list[asyncio.Event] = []
        self.synced = asyncio.Event()

    def __iter__(self) -> Iterator[Object]:
        return iter(list(self._objects.values()))

    def get(self, uid: str) -> Object | None:
        """The object with that uid, if it exists."""
        return self._objects.get(uid)

    def subscribe(self, event: asyncio.Event | None = None) -> asyncio.Event:
        """An event that is set at every change, this one or a new one; the subscriber clears it."""
        event = event or asyncio.Event()
        self._listeners.append(event)
        return event

    async def run(self) -> None:
        """Lists and watches for ever; an API server that is away is asked again."""
        while True:
            try:
                await self._follow()
            except (aiohttp.ClientError, ApiError, TimeoutError) as error:
                _log.info("watch of %s: %s", self._path, error)
                await asyncio.sleep(_RETRY_S)

    async def _follow(self) -> None:
        listed = await self._api.get(self._path)
        self._objects = {item["metadata"]["uid"]: item for item in listed["items"]}
        self.synced.set()
        self._tell()
        version = listed["metadata"]["resourceVersion"]
        while True:
            async for event in self._api.watch(self._path, version):
                if event["type"] == "ERROR":
                    # 410: what was last seen is too old to watch from.
                    raise ApiError(event["object"]["code"], event["object"]["message"])
                version = event["object"]["metadata"]["resourceVersion"]
                self._apply(event)

    def _apply(self, event: Object) -> None:
        if event["type"] == "BOOKMARK":
            return
        uid = event["object"]["metadata"]["uid"]
        if event["type"] == "DELETED":
            self._objects.pop(uid, None)
        else:
            self._objects[uid] = event["object"]
        self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener.set()
