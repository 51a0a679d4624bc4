# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What people have in their kubeconfig files: several of them, login commands, proxies, and mistakes, which no task may call ours.

from __future__ import annotations

import base64
import json
import os
import select
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._clock import Deadline, SystemClock
from ansible_collections.gpuops.aks.plugins.module_utils._errors import GpuopsError, InvalidInputError, KubernetesError
from ansible_collections.gpuops.aks.plugins.module_utils._kube.client import KubeClient
from ansible_collections.gpuops.aks.plugins.module_utils._kube.connection.settings import kube_settings
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import NODES

from tests.integration.plugins.cluster import Json
from tests.integration.plugins.stub_api_server import StubApiServer, stub_api_server
from tests.unit.plugins.builders import assert_explained

EXEC_API = "client.authentication.k8s.io/v1"
PEM = trustme.CA().cert_pem.bytes()


@pytest.fixture
def server() -> Iterator[StubApiServer]:
    """An API server that takes everybody."""
    with stub_api_server() as running:
        yield running


def written(path: Path, server: str, *, user: Json | None = None, cluster: Json | None = None, name: str = "c", current: str = "c") -> Path:
    """A kubeconfig of one context."""
    config = {
        "clusters": [{"name": name, "cluster": {"server": server, **(cluster or {})}}],
        "users": [{"name": name, "user": user or {}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        **({"current-context": current} if current else {}),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(config))
    return path


def ask(paths: Path | str, seconds: float = 30.0, **settings: Any) -> KubeClient:
    """A client that has listed the nodes once."""
    deadline = Deadline(SystemClock(), seconds)
    with closing(KubeClient(kube_settings({"kubeconfig": str(paths), **settings}, {}), deadline)) as client:
        client.list(NODES)
        return client


def refused(paths: Path | str, seconds: float = 30.0, **settings: Any) -> GpuopsError:
    """The error of a client that cannot list nodes."""
    with pytest.raises((KubernetesError, InvalidInputError)) as error:
        ask(paths, seconds, **settings)
    return error.value


def headers_of(server: StubApiServer) -> dict[str, str]:
    """The headers of the last request."""
    return {name.title(): value for name, value in server.seen[-1][1].items()}


class TestSeveralFiles:
    """Several files in KUBECONFIG: by kubectl's rule the first file with a value wins."""

    @pytest.fixture
    def others(self, tmp_path: Path) -> Path:
        """The kubeconfig of a cluster that must not be contacted."""
        return written(tmp_path / "other", "http://127.0.0.1:1", user={"token": "other"}, name="other", current="other")

    def test_first_current_context_wins(self, server: StubApiServer, tmp_path: Path, others: Path) -> None:
        good = written(tmp_path / "good", server.url, user={"token": "good"})
        ask(f"{good}:{others}")
        assert headers_of(server)["Authorization"] == "Bearer good"

    def test_first_entry_of_a_name_wins(self, server: StubApiServer, tmp_path: Path) -> None:
        first = written(tmp_path / "first", server.url, user={"token": "first"}, current="")
        second = written(tmp_path / "second", "http://127.0.0.1:1", user={"token": "second"})
        ask(f"{first}:{second}")
        assert headers_of(server)["Authorization"] == "Bearer first"

    def test_missing_and_empty_files_are_skipped(self, server: StubApiServer, tmp_path: Path) -> None:
        (tmp_path / "empty").write_text("")
        ask(f"{tmp_path / 'none'}:{tmp_path / 'empty'}:{written(tmp_path / 'good', server.url)}")
        assert len(server.seen) == 1

    def test_relative_path_refers_to_the_file_that_has_it(self, server: StubApiServer, tmp_path: Path) -> None:
        first = written(tmp_path / "a" / "config", "http://127.0.0.1:1", name="x", current="")
        second = written(tmp_path / "b" / "config", server.url, user={"tokenFile": "token"})
        (tmp_path / "b" / "token").write_text("from-b\n")
        ask(f"{first}:{second}")
        assert headers_of(server)["Authorization"] == "Bearer from-b"

    def test_context_is_required_without_a_current_context(self, server: StubApiServer, tmp_path: Path) -> None:
        path = written(tmp_path / "config", server.url, current="")
        assert_explained(refused(path), "InvalidKubeconfig", "no current context", "use-context")
        ask(path, context="c")


USERS: dict[str, tuple[Json, str]] = {
    "token": ({"token": "t"}, "Bearer t"),
    "token with a newline": ({"token": "t\n"}, "Bearer t"),
    "name and password": ({"username": "ü", "password": "p:q"}, f"Basic {base64.b64encode('ü:p:q'.encode()).decode()}"),
    "oidc": ({"auth-provider": {"name": "oidc", "config": {"id-token": "t"}}}, "Bearer t"),
    "gcp": ({"auth-provider": {"name": "gcp", "config": {"access-token": "t", "expiry": "2999-01-01T00:00:00Z"}}}, "Bearer t"),
    "nobody": ({}, ""),
}


@pytest.mark.parametrize("kind", USERS)
def test_credentials_are_sent_with_each_request(server: StubApiServer, tmp_path: Path, kind: str) -> None:
    user, header = USERS[kind]
    ask(written(tmp_path / "config", server.url, user=user))
    assert headers_of(server).get("Authorization", "") == header


def test_impersonation_is_sent(server: StubApiServer, tmp_path: Path) -> None:
    user = {"token": "t", "as": "jürgen", "as-uid": "7", "as-groups": ["a", "b"], "as-user-extra": {"ex.org/why": ["because"]}}
    ask(written(tmp_path / "config", server.url, user=user))
    sent = headers_of(server)
    assert sent["Impersonate-User"].encode("latin-1").decode() == "jürgen"
    assert (sent["Impersonate-Uid"], sent["Impersonate-Extra-Ex.Org%2Fwhy".title()]) == ("7", "because")
    assert {"a", "b"} >= {sent["Impersonate-Group"]}


def test_token_file_is_read_for_each_request(server: StubApiServer, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("old")
    path = written(tmp_path / "config", server.url, user={"tokenFile": "token"})
    with closing(KubeClient(kube_settings({"kubeconfig": str(path)}, {}))) as client:
        token.write_text("new")
        client.list(NODES)
    assert headers_of(server)["Authorization"] == "Bearer new"


GCP = {"access-token": "t", "expiry": "2001-01-01T00:00:00Z"}
NO_DATE = {**GCP, "expiry": "2026-13-45"}
OLD = {"apiVersion": "client.authentication.k8s.io/v1alpha1", "command": "x"}
PERSON = {"apiVersion": EXEC_API, "command": "x", "interactiveMode": "Always"}
NO_CERTIFICATE = {"client-certificate-data": "eA==", "client-key-data": "eA=="}
TLS = {"server": "https://x"}
BAD_KUBECONFIG, BAD_CERTIFICATE = "InvalidKubeconfig", "InvalidCertificate"
MISTAKES: dict[str, tuple[Json, Json, str, str]] = {  # the user, the cluster, the code, and a word
    "no such token file": ({"tokenFile": "/no/such"}, {}, "UnreadableFile", "/no/such"),
    "token of two lines": ({"token": "a\nb"}, {}, "InvalidToken", "token of the user c"),
    "token that is empty": ({"token": "  "}, {}, "InvalidToken", "token of the user c"),
    "token in another script": ({"token": "тoken"}, {}, "InvalidToken", "token of the user c"),
    "gcp with a command": ({"auth-provider": {"name": "gcp", "config": {"cmd-path": "/no/such"}}}, {}, "UnsupportedLogin", "gcp"),
    "azure": ({"auth-provider": {"name": "azure", "config": {}}}, {}, "UnsupportedLogin", "format: exec"),
    "expired gcp token": ({"auth-provider": {"name": "gcp", "config": GCP}}, {}, "UnsupportedLogin", "expired"),
    "impossible date": ({"auth-provider": {"name": "gcp", "config": NO_DATE}}, {}, BAD_KUBECONFIG, "not a time"),
    "as without a name": ({"as-groups": ["a"]}, {}, "InvalidKubeconfig", "as of the user c"),
    "as with a line break": ({"as": "a\nb"}, {}, "InvalidKubeconfig", "control character"),
    "certificate that is not base64": ({"client-certificate-data": "!!!x"}, {}, "InvalidKubeconfig", "base64"),
    "certificate that is not one": (NO_CERTIFICATE, TLS, BAD_CERTIFICATE, "client_cert"),
    "certificate without a key": ({"client-certificate-data": "eA=="}, TLS, BAD_CERTIFICATE, "one of the two"),
    "missing certificate file": ({"client-certificate": "no.pem"}, {}, "UnreadableFile", "no.pem"),
    "authority that is not base64": ({}, {"certificate-authority-data": "!!!x"}, "InvalidKubeconfig", "base64"),
    "authority that is not a certificate": ({}, {"certificate-authority-data": "eA==", **TLS}, BAD_CERTIFICATE, "certificate-authority"),
    "authority that is a directory": ({}, {"certificate-authority": "/"}, "NoRegularFile", "a directory"),
    "authority that is a device": ({}, {"certificate-authority": os.devnull}, "NoRegularFile", "a device"),
    "authority whose path holds a NUL": ({}, {"certificate-authority": "a\0"}, "UnreadableFile", "null character"),
    "server name that is not a host name": ({}, {**TLS, "tls-server-name": "a\0b"}, BAD_KUBECONFIG, "tls-server-name"),
    "server with a token in its query": ({}, {"server": "https://x/?token=s3cr3t"}, "InvalidUrl", "'https://x/?***'"),
    "server with a label that is too long": ({}, {"server": f"https://{'a' * 64}.example"}, "InvalidUrl", "a.example"),
    "server without a scheme": ({}, {"server": "aks.example:443"}, "InvalidUrl", "https"),
    "server of another scheme": ({}, {"server": "ftp://x"}, "InvalidUrl", "https"),
    "server with an invalid port": ({}, {"server": "https://x:99999"}, "InvalidUrl", "is not a URL"),
    "server with a bracket": ({}, {"server": "https://[x"}, "InvalidUrl", "is not a URL"),
    "no server": ({}, {"server": None}, "InvalidUrl", "server of the cluster c"),
    "proxy without a scheme": ({}, {"proxy-url": "proxy.corp:3128"}, "InvalidUrl", "http://proxy.example:3128"),
    "proxy that is a word": ({}, {"proxy-url": "foo"}, "InvalidUrl", "proxy-url of the cluster c"),
    "command of an old API": ({"exec": OLD}, {}, BAD_KUBECONFIG, "v1alpha1"),
    "interactive command": ({"exec": PERSON}, {}, BAD_KUBECONFIG, "interactiveMode"),
    "missing command": ({"exec": {**OLD, "apiVersion": EXEC_API, "command": "none"}}, {}, "LoginCommandFailed", "none"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_invalid_kubeconfig_is_reported_before_any_request(server: StubApiServer, tmp_path: Path, mistake: str) -> None:
    user, cluster, code, word = MISTAKES[mistake]
    error = refused(written(tmp_path / "config", server.url, user=user, cluster=cluster))
    assert_explained(error, code, word)
    assert server.seen == []


def test_password_in_a_url_is_masked(tmp_path: Path) -> None:
    for cluster in ({"server": "ftp://me:s3cret@x"}, {"proxy-url": "ftp://me:s3cret@x"}, {"server": "http://me:s3cret@127.0.0.1:1"}):
        error = refused(written(tmp_path / "config", "http://127.0.0.1:1", cluster=cluster), seconds=1.0)
        assert "s3cret" not in f"{error.message} {error.cause} {error.remedy}"
        assert cluster == {"proxy-url": "ftp://me:s3cret@x"} or "me:***@" in error.message


class TestLoginCommands:
    """Login commands of a kubeconfig."""

    @staticmethod
    def user(program: str, **more: Any) -> Json:
        return {"exec": {"apiVersion": EXEC_API, "command": sys.executable, "args": ["-c", program], **more}}

    @staticmethod
    def credential(**status: Any) -> str:
        return json.dumps({"apiVersion": EXEC_API, "kind": "ExecCredential", "status": status})

    def test_token_of_the_command_is_used(self, server: StubApiServer, tmp_path: Path) -> None:
        program = f"import os; print('{self.credential(token='TOKEN')}'.replace('TOKEN', os.environ['T']))"
        ask(written(tmp_path / "config", server.url, user=self.user(program, env=[{"name": "T", "value": "own"}])))
        assert headers_of(server)["Authorization"] == "Bearer own"

    def test_command_runs_again_when_its_token_has_expired(self, server: StubApiServer, tmp_path: Path) -> None:
        count = tmp_path / "count"
        credential = self.credential(token="T", expirationTimestamp="2001-01-01T00:00:00Z")
        program = f"open('{count}', 'a').write('x'); print('{credential}')"
        ask(written(tmp_path / "config", server.url, user=self.user(program)))
        assert count.read_text() == "xx"

    def test_relative_command_refers_to_the_kubeconfigs_directory(self, server: StubApiServer, tmp_path: Path) -> None:
        login = tmp_path / "login"
        login.write_text(f"#!/bin/sh\necho '{self.credential(token='t')}'\n")
        login.chmod(0o755)
        ask(written(tmp_path / "config", server.url, user={"exec": {"apiVersion": EXEC_API, "command": "./login"}}))
        assert headers_of(server)["Authorization"] == "Bearer t"

    @pytest.mark.parametrize(
        ("program", "word"),
        [
            pytest.param("import sys; sys.exit('AADSTS7000: hush-hush')", ": AADSTS7000: ***", id="fails"),
            pytest.param("print('hello')", "not JSON", id="says something else"),
            pytest.param("print('[]')", "not an ExecCredential", id="a list"),
            pytest.param("print('[' * 100000)", "not JSON", id="nested without end"),
            pytest.param('print(\'{"apiVersion": "other", "status": {"token": "t"}}\')', EXEC_API, id="another version"),
            pytest.param(f'print(\'{{"apiVersion": "{EXEC_API}", "status": {{"token": 7}}}}\')', "not strings", id="a number"),
            pytest.param(f'print(\'{{"apiVersion": "{EXEC_API}", "status": {{}}}}\')', "neither a token", id="nothing"),
        ],
    )
    def test_command_without_credentials_is_named(self, server: StubApiServer, tmp_path: Path, program: str, word: str) -> None:
        user = self.user(program, env=[{"name": "SECRET", "value": "hush-hush"}])
        error = refused(written(tmp_path / "config", server.url, user=user))
        assert_explained(error, "LoginCommandFailed", sys.executable, word)
        assert "hush-hush" not in error.message

    def test_command_that_hangs_is_killed_with_its_children(self, server: StubApiServer, tmp_path: Path) -> None:
        child = tmp_path / "child"
        program = (
            "import subprocess, sys, time; sys.stderr.write('open the browser'); sys.stderr.flush(); "
            f"p = subprocess.Popen(['sleep', '600']); open('{child}', 'w').write(str(p.pid)); time.sleep(600)"
        )
        before = time.monotonic()
        error = refused(written(tmp_path / "config", server.url, user=self.user(program)), seconds=1.0)
        assert_explained(error, "LoginCommandFailed", sys.executable, "open the browser")
        assert time.monotonic() - before < 20
        deadline = time.monotonic() + 30
        while _runs(child.read_text()) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not _runs(child.read_text())


def _runs(pid: str) -> bool:
    """Whether a process is there and has not ended; one that nobody has put away yet has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextmanager
def socks_server() -> Iterator[tuple[str, list[str]]]:
    """A SOCKS5 proxy: its address, and the hosts that it was asked for by name or number."""
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve_socks, args=(listener, asked), daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}", asked


def _serve_socks(listener: socket.socket, asked: list[str]) -> None:
    client = listener.accept()[0]
    with client:
        client.recv(262)
        client.sendall(b"\x05\x00")
        request = client.recv(262)
        name = request[5 : 5 + request[4]] if request[3] == 3 else request[4:8]
        asked.append(name.decode() if request[3] == 3 else socket.inet_ntoa(name))
        with socket.create_connection(("127.0.0.1", int.from_bytes(request[-2:], "big"))) as target:
            client.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
            while True:
                for source in select.select([client, target], [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    (target if source is client else client).sendall(data)


class TestProxies:
    """The way to a private API server."""

    def test_socks_proxy_resolves_names_as_with_kubectl(self, server: StubApiServer, tmp_path: Path) -> None:
        with socks_server() as (address, asked):
            private = f"http://private.invalid:{server.server_port}"
            ask(written(tmp_path / "config", private, cluster={"proxy-url": f"socks5://{address}"}))
        assert asked == ["private.invalid"]

    def test_missing_socks_proxy_is_not_taken_for_the_server(self, tmp_path: Path) -> None:
        error = refused(written(tmp_path / "config", "https://private.invalid", cluster={"proxy-url": "socks5://127.0.0.1:1"}), seconds=1.0)
        assert_explained(error, "ProxyUnreachable", "SOCKS5 proxy 127.0.0.1:1", "proxy-url")

    def test_environment_proxy_needs_no_scheme_and_loopback_no_proxy(
        self, server: StubApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv("http_proxy", f"127.0.0.1:{server.server_port}")
        ask(written(tmp_path / "config", "http://private.invalid"))
        assert server.seen[-1][0] == "GET http://private.invalid/api/v1/nodes"
        ask(written(tmp_path / "config", server.url))
        assert server.seen[-1][0] == "GET /api/v1/nodes"

    @pytest.mark.parametrize("rule", ["*", "private.invalid", ".invalid", "10.0.0.0/8,private.invalid:80"])
    def test_no_proxy_is_honoured(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        monkeypatch.setenv("NO_PROXY", rule)
        assert refused(written(tmp_path / "config", "http://private.invalid"), seconds=1.0).code == "ApiServerUnreachable"

    def test_password_of_the_proxy_is_sent_but_not_printed(self, server: StubApiServer, tmp_path: Path) -> None:
        proxy = f"http://me:s3cret@127.0.0.1:{server.server_port}"
        ask(written(tmp_path / "config", "http://private.invalid"), proxy=proxy)
        assert headers_of(server)["Proxy-Authorization"] == f"Basic {base64.b64encode(b'me:s3cret').decode()}"
        error = refused(written(tmp_path / "config", "https://private.invalid"), seconds=1.0, proxy="http://me:s3cret@127.0.0.1:1")
        assert error.code == "ProxyUnreachable"
        assert "s3cret" not in error.message


def test_certificate_authority_with_non_ascii_comments_is_accepted(tmp_path: Path) -> None:
    data = base64.b64encode("# Zertifikat für böse Zeiten\n".encode() + PEM).decode()
    path = written(tmp_path / "config", "https://127.0.0.1:1", cluster={"certificate-authority-data": data})
    assert refused(path, seconds=1.0).code == "ApiServerUnreachable"
