# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._clock import Deadline, SystemClock
from ansible_collections.gpuops.aks.plugins.module_utils._errors import KubernetesError, WaitTimeoutError
from ansible_collections.gpuops.aks.plugins.module_utils._kube.client import KubeClient
from ansible_collections.gpuops.aks.plugins.module_utils._kube.connection.settings import kube_settings
from ansible_collections.gpuops.aks.plugins.module_utils._kube.mirror import Mirror, await_gone
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import Kind
from ansible_collections.gpuops.aks.plugins.module_utils._kube.watch import Watched

from tests.integration.plugins.cluster import Cluster, followers
from tests.integration.plugins.relay import Relay
from tests.integration.running_lab import PATIENCE_S

pytestmark = pytest.mark.lab

CONFIGMAPS = Kind("api/v1", "configmaps")
DEFINITIONS = Kind("apis/apiextensions.k8s.io/v1", "customresourcedefinitions", namespaced=False)


@pytest.fixture
def client(cluster: Cluster, relay: Relay) -> Iterator[KubeClient]:
    """A client at the other end of the wire."""
    kubeconfig = cluster.kubeconfig_with(server=f"https://127.0.0.1:{relay.port}")
    with closing(KubeClient(kube_settings({"kubeconfig": kubeconfig}, {}))) as made:
        yield made


def watched(cluster: Cluster) -> Watched:
    return Watched("maps", CONFIGMAPS, cluster.name, label_selector="watched=yes")


def add(cluster: Cluster, name: str) -> None:
    cluster.client.create(CONFIGMAPS, {"metadata": {"name": name, "namespace": cluster.name, "labels": {"watched": "yes"}}})


def remove(cluster: Cluster, name: str) -> None:
    cluster.client.delete(CONFIGMAPS, name, cluster.name)


def names(mirror: Mirror) -> set[str]:
    return {item["metadata"]["name"] for item in mirror.all("maps")}


def in_time(seconds: float = PATIENCE_S) -> Deadline:
    return Deadline(SystemClock(), seconds)


def becomes(mirror: Mirror, *expected: str) -> bool:
    return mirror.wait(lambda: names(mirror) == set(expected), in_time())


def test_mirror_follows_created_changed_and_deleted_objects(cluster: Cluster, client: KubeClient) -> None:
    add(cluster, "first")
    with Mirror(client, [watched(cluster)]) as mirror:
        assert names(mirror) == {"first"}
        add(cluster, "second")
        remove(cluster, "first")
        assert becomes(mirror, "second")
        cluster.lab.kubectl("label", "configmap", "second", "seen=twice", "--namespace", cluster.name)
        assert mirror.wait(lambda: any("seen" in item["metadata"]["labels"] for item in mirror.all("maps")), in_time())
        cluster.lab.kubectl("label", "configmap", "second", "watched-", "--namespace", cluster.name)
        assert becomes(mirror)


def test_wait_ends_at_its_deadline_and_not_before(cluster: Cluster, client: KubeClient) -> None:
    with Mirror(client, [watched(cluster)]) as mirror:
        started = time.monotonic()
        assert not mirror.wait(lambda: bool(names(mirror)), in_time(0.5))
        assert time.monotonic() - started >= 0.5


def test_watch_that_the_server_ends_is_resumed(cluster: Cluster, client: KubeClient) -> None:
    with Mirror(client, [watched(cluster)], watch_seconds=1) as mirror:
        assert not mirror.wait(lambda: False, in_time(2.5))
        add(cluster, "late")
        assert becomes(mirror, "late")


def test_interrupted_watch_misses_nothing(cluster: Cluster, client: KubeClient, relay: Relay) -> None:
    for name in ("goes", "stays"):
        add(cluster, name)
    with Mirror(client, [watched(cluster)]) as mirror:
        relay.down()
        remove(cluster, "goes")
        add(cluster, "comes")
        relay.up()
        assert becomes(mirror, "stays", "comes")
        relay.cut()
        remove(cluster, "stays")
        assert becomes(mirror, "comes")


@pytest.fixture
def things(cluster: Cluster) -> Iterator[Kind]:
    """A kind of the test's own: of a new kind, the API server remembers nothing that was before it."""
    group = f"{cluster.name}.example.com"
    names = {"plural": "things", "singular": "thing", "kind": "Thing"}
    schema = {"openAPIV3Schema": {"type": "object"}}
    versions = [{"name": "v1", "served": True, "storage": True, "schema": schema}]
    spec = {"group": group, "scope": "Namespaced", "names": names, "versions": versions}
    cluster.client.create(DEFINITIONS, {"metadata": {"name": f"things.{group}"}, "spec": spec})
    kind = Kind(f"apis/{group}/v1", "things")
    cluster.until(lambda: can_list(cluster.client, kind, cluster.name) and too_old(cluster.client, kind))
    yield kind
    cluster.client.delete(DEFINITIONS, f"things.{group}")


def too_old(client: KubeClient, kind: Kind) -> bool:
    """Whether the API server refuses to go on from the beginning of time; at first it asks its store, which remembers."""
    query = {"watch": "true", "resourceVersion": "1", "timeoutSeconds": "1"}
    return b'"code":410' in client.send("GET", kind.collection(), what="Watching", query=query).data


def test_expired_version_is_listed_again(cluster: Cluster, client: KubeClient, relay: Relay, things: Kind) -> None:
    def add_thing(name: str) -> None:
        thing = {"apiVersion": things.api.removeprefix("apis/"), "kind": "Thing", "metadata": {"name": name, "namespace": cluster.name}}
        cluster.client.create(things, thing)

    for name in ("goes", "stays"):
        add_thing(name)
    with Mirror(client, [Watched("maps", things, cluster.name)]) as mirror:
        relay.down()
        cluster.client.delete(things, "goes", cluster.name)
        # What a watch is left with when it was away for longer than the API server remembers.
        mirror._watches[0]._version = "1"
        relay.up()
        assert becomes(mirror, "stays")
        add_thing("comes")
        assert becomes(mirror, "stays", "comes")


def test_object_deleted_between_list_and_watch_is_removed(cluster: Cluster, client: KubeClient) -> None:
    for name in ("goes", "stays"):
        add(cluster, name)
    mirror = Mirror(client, [watched(cluster), NotYet(cluster)])
    with mirror:
        assert names(mirror) == {"goes", "stays"}
        assert becomes(mirror, "stays")


class NotYet(Watched):
    """Listed after the collection under test, and before any watch begins: its listing deletes what that one has listed."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__("other", CONFIGMAPS, cluster.name, label_selector="other=yes")
        object.__setattr__(self, "_cluster", cluster)

    @property
    def query(self) -> dict[str, str]:
        remove(self._cluster, "goes")  # type: ignore[attr-defined]
        return super().query


def test_permission_lost_during_a_wait_ends_it_with_the_servers_message(cluster: Cluster) -> None:
    kubeconfig = cluster.account("reader")
    cluster.grant("reader", {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]})
    with closing(KubeClient(kube_settings({"kubeconfig": kubeconfig}, {}))) as client:
        cluster.until(lambda: can_list(client, CONFIGMAPS, cluster.name))
        with Mirror(client, [watched(cluster)]) as mirror, pytest.raises(KubernetesError) as refused:
            mirror.wait(lambda: False, in_time())
    assert (refused.value.status, 'verbs: ["watch"]' in refused.value.remedy) == (403, True)


@pytest.mark.parametrize("mistake", [KeyError("odd"), SystemExit(3)])
def test_exception_in_a_watch_is_raised_by_the_wait(cluster: Cluster, client: KubeClient, mistake: BaseException) -> None:
    def keep(item: Mapping[str, Any]) -> bool:
        if item["metadata"]["name"] == "odd":
            raise mistake
        return True

    with Mirror(client, [replace(watched(cluster), keep=keep)]) as mirror:
        add(cluster, "odd")
        with pytest.raises(type(mistake)) as raised:
            mirror.wait(lambda: False, in_time())
    assert raised.value is mistake
    assert raised.traceback[-1].name == "keep"


def can_list(client: KubeClient, kind: Kind, namespace: str) -> bool:
    try:
        client.list(kind, namespace=namespace)
    except KubernetesError:
        return False
    return True


def test_mirror_leaves_no_thread_behind(cluster: Cluster, client: KubeClient, relay: Relay) -> None:
    # Left at once, while it reads, and while it is away: none of these may keep a thread that waits for the server.
    with no_thread_stays(cluster), Mirror(client, [watched(cluster)]):
        pass
    with no_thread_stays(cluster), Mirror(client, [watched(cluster)]) as mirror:
        add(cluster, "seen")
        assert becomes(mirror, "seen")
    with no_thread_stays(cluster), Mirror(client, [watched(cluster)]) as mirror:
        add(cluster, "again")
        assert becomes(mirror, "seen", "again")
        relay.down()
        # Long enough for the watch that was cut to be put away and the next one to be refused.
        assert not mirror.wait(lambda: False, in_time(1.5))
    relay.up()


class no_thread_stays:  # noqa: N801  # reads as the words of a test
    """The threads that run after the block are those that ran before."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def __enter__(self) -> None:
        self._before = followers()

    def __exit__(self, *_details: object) -> None:
        self._cluster.until(lambda: followers() <= self._before)


def test_object_that_is_not_deleted_in_time_is_named(cluster: Cluster, client: KubeClient) -> None:
    add(cluster, "held")
    with pytest.raises(WaitTimeoutError) as late:
        await_gone(client, [watched(cluster)], in_time(0.3), what="The map")
    assert late.value.code == "Timeout"
    assert late.value.message.startswith("The map ")
    remove(cluster, "held")
    await_gone(client, [watched(cluster)], in_time(), what="The map")
