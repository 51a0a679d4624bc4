# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import time
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._kube.kubeconfig.document import parse_kubeconfig, redacted
from ansible_collections.gpuops.aks.plugins.module_utils._kube.kubeconfig.merge import (
    conflicts,
    context_named,
    is_marked_context,
    marked,
    merged,
    same_named,
    server_of,
    with_context_name,
    without_context,
)
from hypothesis import given
from hypothesis import strategies as st

from ..builders import Json, assert_explained

SERVER = "https://myaksclust.hcp.eastus.azmk8s.io:443"


def cluster(name: str, server: str = SERVER) -> Json:
    return {"name": name, "cluster": {"server": server, "certificate-authority-data": "Q0E="}}


def user(name: str, **fields: Any) -> Json:
    return {"name": name, "user": fields or {"token": "s3cret"}}


def context(name: str, *, of: str, by: str) -> Json:
    return {"name": name, "context": {"cluster": of, "user": by}}


def config(*, clusters: list[Json], users: list[Json], contexts: list[Json], current: str = "") -> Json:
    return {"apiVersion": "v1", "kind": "Config", "clusters": clusters, "users": users, "contexts": contexts, "current-context": current}


def fetched(name: str = "myAKSCluster") -> Json:
    """A kubeconfig as Azure gives it out for a user."""
    login = f"clusterUser_myResourceGroup_{name}"
    return config(clusters=[cluster(name)], users=[user(login)], contexts=[context(name, of=name, by=login)], current=name)


def of_others() -> Json:
    """A person's own file: two contexts that share a cluster, an entry that no context uses, and a setting we know nothing of."""
    return {
        **config(
            clusters=[cluster("home", "https://home:6443"), cluster("spare", "https://spare:6443")],
            users=[user("me", token="mine"), user("unused", password="old")],
            contexts=[context("home", of="home", by="me"), context("home-kube-system", of="home", by="me")],
            current="home",
        ),
        "preferences": {"colors": True},
    }  # fmt: skip


def names(config: Json, kind: str) -> list[str]:
    return [entry["name"] for entry in config[kind]]


def test_merge_adds_the_cluster_and_makes_it_current_on_request() -> None:
    result = merged(of_others(), fetched(), current=True)
    assert names(result, "clusters") == ["home", "spare", "myAKSCluster"]
    assert names(result, "users") == ["me", "unused", "clusterUser_myResourceGroup_myAKSCluster"]
    assert names(result, "contexts") == ["home", "home-kube-system", "myAKSCluster"]
    assert (result["current-context"], result["preferences"]) == ("myAKSCluster", {"colors": True})
    assert server_of(result, "myAKSCluster") == SERVER


def test_merge_replaces_entries_of_the_same_name_in_place() -> None:
    old = merged(fetched(), of_others())
    old["clusters"][0]["cluster"]["server"] = "https://gone:443"
    result = merged(old, fetched())
    assert names(result, "clusters") == ["myAKSCluster", "home", "spare"]
    assert server_of(result, "myAKSCluster") == SERVER


def test_merge_into_an_empty_file_is_a_complete_kubeconfig() -> None:
    result = merged({}, fetched())
    assert result == {"preferences": {}, **fetched()}


@pytest.mark.parametrize("current", [None, "", "gone"])
def test_context_becomes_current_if_there_is_no_current_context(current: str | None) -> None:
    assert merged({**of_others(), "current-context": current}, fetched())["current-context"] == "myAKSCluster"


def test_current_context_of_the_user_is_kept() -> None:
    assert merged(of_others(), fetched())["current-context"] == "home"


@given(st.permutations(["a", "b", "c", "d"]), st.permutations(["a", "b", "c", "d"]))
def test_many_clusters_are_merged_into_one_file(first: list[str], second: list[str]) -> None:
    def all_of(names: list[str], into: Json) -> Json:
        for name in names:
            into = merged(into, marked(fetched(name)))
        return into

    once = all_of(first, {})
    assert all_of(second, once) == once
    assert once["current-context"] == first[0]


def test_removing_a_context_removes_its_cluster_and_user_only() -> None:
    removed = without_context(merged(of_others(), fetched()), "myAKSCluster")
    assert removed == of_others()


def test_cluster_and_user_of_another_context_are_kept() -> None:
    removed = without_context(of_others(), "home-kube-system")
    assert removed == {**of_others(), "contexts": [context("home", of="home", by="me")]}


def test_removing_a_missing_context_changes_nothing() -> None:
    assert without_context(of_others(), "nowhere") == of_others()


entry_names = st.sampled_from(["a", "b", "c", "d"])


@st.composite
def foreign_configs(draw: st.DrawFn) -> Json:
    """Any file of somebody else's, contexts that lead nowhere and entries that nothing leads to among them."""
    some = st.lists(entry_names, unique=True, max_size=3)
    contexts = [context(name, of=draw(entry_names), by=draw(entry_names)) for name in draw(some)]
    clusters, users = [cluster(name) for name in draw(some)], [user(name) for name in draw(some)]
    return config(clusters=clusters, users=users, contexts=contexts, current=draw(st.sampled_from(["", *names({"c": contexts}, "c")])))


@given(foreign_configs(), st.sampled_from(["ours", "a"]))
def test_removing_after_merging_restores_the_other_entries(existing: Json, name: str) -> None:
    before = copy.deepcopy(existing)
    ours = marked(with_context_name(fetched(), name))
    both = merged(existing, ours)
    assert existing == before, "the argument was changed"
    assert is_marked_context(context_named(both, name) or {})
    after = without_context(both, name)
    assert after["clusters"] == before["clusters"]
    assert after["users"] == before["users"]
    assert after["contexts"] == [entry for entry in before["contexts"] if entry["name"] != name]


@given(foreign_configs())
def test_merging_twice_changes_nothing(existing: Json) -> None:
    once = merged(existing, fetched())
    assert merged(once, fetched()) == once


@given(foreign_configs())
def test_written_kubeconfig_is_read_back_unchanged(existing: Json) -> None:
    assert parse_kubeconfig(yaml.safe_dump(existing), source="it") == existing


def test_context_and_optionally_cluster_are_renamed() -> None:
    renamed = with_context_name(fetched(), "gpu-admin")
    assert (names(renamed, "contexts"), names(renamed, "clusters"), renamed["current-context"]) == (
        ["gpu-admin"],
        ["myAKSCluster"],
        "gpu-admin",
    )
    both = with_context_name(fetched(), "gpu", cluster="gpu")  # so that two clusters of one name can be in a file, as with az
    assert (names(both, "contexts"), names(both, "clusters")) == (["gpu"], ["gpu"])
    assert server_of(renamed, "gpu-admin") == server_of(both, "gpu") == SERVER


class TestConflicts:
    """What others wrote under the names that we bring."""

    def test_absent_or_equal_entries_do_not_conflict(self) -> None:
        assert conflicts({}, fetched()) == []
        assert conflicts(of_others(), fetched()) == []
        assert conflicts(merged(of_others(), fetched()), marked(fetched())) == []

    def test_another_server_another_user_and_another_context_are(self) -> None:
        theirs = fetched()
        theirs["clusters"][0]["cluster"]["server"] = "https://theirs:443"
        theirs["users"][0]["user"] = {"token": "theirs"}
        login = "clusterUser_myResourceGroup_myAKSCluster"
        assert conflicts(theirs, marked(fetched())) == ["clusters myAKSCluster", f"users {login}"]
        theirs["contexts"][0]["context"]["user"] = "me"
        assert "contexts myAKSCluster" in conflicts(theirs, marked(fetched()))

    def test_entries_of_the_collection_are_replaced_unless_others_use_them(self) -> None:
        ours = marked(fetched())
        ours["users"][0]["user"] = {"token": "of the cluster that was there before"}
        assert conflicts(ours, marked(fetched())) == []
        login = ours["users"][0]["name"]
        shared = {**ours, "contexts": [*ours["contexts"], context("theirs", of="home", by=login)]}
        assert conflicts(shared, marked(fetched())) == [f"users {login}"]

    def test_equivalent_context_of_others_stays_theirs(self) -> None:
        result = merged(fetched(), marked(fetched()))
        assert not is_marked_context(result["contexts"][0])
        assert result == {"preferences": {}, **fetched()}

    def test_namespace_chosen_by_the_user_is_kept(self) -> None:
        ours = marked(fetched())
        ours["contexts"][0]["context"].update(namespace="gpu", cluster="before")
        result = merged(ours, marked(fetched()))
        assert result["contexts"][0]["context"]["namespace"] == "gpu"
        assert server_of(result, "myAKSCluster") == SERVER

    def test_only_entries_of_our_names_are_kept_for_a_file_of_one_cluster(self) -> None:
        assert same_named(merged(of_others(), fetched()), fetched()) == {
            kind: fetched()[kind] for kind in ("clusters", "users", "contexts")
        }


def test_only_contexts_that_the_collection_wrote_are_marked() -> None:
    theirs = fetched()
    assert is_marked_context(marked(theirs)["contexts"][0])
    assert not is_marked_context(theirs["contexts"][0])
    assert not is_marked_context({"name": "empty", "context": None})
    assert not is_marked_context({"context": {"extensions": [{"name": "minikube"}]}})


@pytest.mark.parametrize(
    ("kubeconfig", "context_name"),
    [
        pytest.param({}, "x", id="an empty file"),
        pytest.param(of_others(), "nowhere", id="no such context"),
        pytest.param(config(clusters=[], users=[], contexts=[context("x", of="gone", by="me")]), "x", id="no such cluster"),
        pytest.param({"contexts": [{"name": "x", "context": None}], "clusters": [{"name": "x"}]}, "x", id="a context without content"),
        pytest.param(
            config(clusters=[{"name": "c", "cluster": None}], users=[], contexts=[context("x", of="c", by="")]), "x", id="no server"
        ),
    ],
)
def test_incomplete_context_has_no_server(kubeconfig: Json, context_name: str) -> None:
    assert server_of(kubeconfig, context_name) is None


CREDENTIALS = [
    {"token": "s3cret"},
    {"client-key-data": "s3cret", "client-certificate-data": "s3cret"},
    {"username": "admin", "password": "s3cret"},
    {"auth-provider": {"name": "azure", "config": {"access-token": "s3cret", "refresh-token": "s3cret"}}},
    {"exec": {"command": "kubelogin", "args": ["get-token", "--client-secret", "s3cret"]}},
    {"exec": {"command": "kubelogin", "env": [{"name": "AAD_SERVICE_PRINCIPAL_CLIENT_SECRET", "value": "s3cret"}]}},
    {"something-new": "s3cret"},
]


@pytest.mark.parametrize("credentials", CREDENTIALS, ids="-".join)
def test_redacted_user_has_no_credentials(credentials: Json) -> None:
    text = str(redacted(config(clusters=[], users=[user("me", **credentials)], contexts=[])))
    assert "s3cret" not in text, text
    assert "'me'" in text


def test_redacted_kubeconfig_keeps_clusters_contexts_and_file_names() -> None:
    visible = redacted(merged(of_others(), config(clusters=[], users=[user("file", **{"client-key": "/k.pem"})], contexts=[], current="")))
    assert visible["clusters"] == of_others()["clusters"]
    assert visible["contexts"] == of_others()["contexts"]
    assert visible["users"][-1] == {"name": "file", "user": {"client-key": "/k.pem"}}
    assert redacted({"users": [{"name": "me", "user": None}]}) == {"users": [{"name": "me", "user": {}}]}


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "{}"])
def test_empty_document_is_an_empty_kubeconfig(text: str) -> None:
    assert parse_kubeconfig(text, source="it") == {}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("just text", id="text"),
        pytest.param("- a\n- b", id="a list"),
        pytest.param("a: b: c", id="not YAML"),
        pytest.param("\x00", id="binary"),
        pytest.param("contexts: none", id="contexts are not a list"),
        pytest.param("users: [me]", id="an entry that is not a map"),
        pytest.param("clusters: [{cluster: {}}]", id="an entry without a name"),
        pytest.param("contexts: [{name: x, context: y}]", id="a context that is not a map"),
        pytest.param("clusters: [{name: 7}]", id="a name that is a number"),
        pytest.param("a: &a [*a]", id="a list that contains itself"),
        pytest.param("a: !!bool maybe", id="a value that its tag doesn't fit"),
        pytest.param("? [a]\n: b", id="a name that is a list"),
        pytest.param("[" * 3000, id="an open end"),
        pytest.param("a: " + "[" * 500 + "]" * 500, id="nested deep"),
        pytest.param("a: " + "[" * 100_000 + "]" * 100_000, id="nested without end"),
        pytest.param("a: " + "9" * 10_000, id="a number of ten thousand digits"),
    ],
)
def test_invalid_kubeconfig_is_rejected_with_its_path(text: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        parse_kubeconfig(text, source="/home/me/.kube/config")
    assert_explained(refusal.value, "InvalidKubeconfig", "/home/me/.kube/config")


@pytest.mark.parametrize("use", ["[{}]", "{{<<: [{}]}}"], ids=["lists", "merges"])
def test_exponential_aliases_are_rejected_quickly(use: str) -> None:
    levels = [f"{chr(97 + level)}: &{chr(97 + level)} {use.format(', '.join([f'*{chr(96 + level)}'] * 10))}" for level in range(1, 11)]
    text = "\n".join(["a: &a {x: y}", *levels])
    before = time.monotonic()
    with pytest.raises(InvalidInputError) as refusal:
        parse_kubeconfig(text, source="config")
    assert "aliases" in refusal.value.message
    assert time.monotonic() - before < 5


def test_aliases_are_expanded() -> None:
    text = "users: [{name: a, user: &u {token: t}}, {name: b, user: *u}]"
    assert [entry["user"] for entry in parse_kubeconfig(text, source="it")["users"]] == [{"token": "t"}] * 2


def test_date_stays_a_string_even_if_impossible() -> None:
    text = "users: [{name: a, user: {auth-provider: {name: oidc, config: {expiry: 2026-13-45}}}}]"
    assert parse_kubeconfig(text, source="it")["users"][0]["user"]["auth-provider"]["config"] == {"expiry": "2026-13-45"}


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        pytest.param(
            "{clusters: [{name: c, cluster: {server: [s3cret]}}]}", "clusters[0].cluster.server is a list, not a string", id="server"
        ),
        pytest.param(
            "{clusters: [{name: c, cluster: {proxy-url: 7}}]}", "clusters[0].cluster.proxy-url is a number, not a string", id="proxy"
        ),
        pytest.param("{clusters: [{name: c, cluster: {certificate-authority: {}}}]}", "certificate-authority is a map", id="ca"),
        pytest.param("{clusters: [{name: c, cluster: {insecure-skip-tls-verify: s3cret}}]}", "is a string, not a bool", id="unchecked"),
        pytest.param("{users: [{name: u, user: {token: {s3cret: 1}}}]}", "users[0].user.token is a map, not a string", id="token"),
        pytest.param("{users: [{name: u, user: {exec: {apiVersion: v1}}}]}", "users[0].user.exec has no command", id="no command"),
        pytest.param(
            "{users: [{name: u, user: {exec: {command: x, apiVersion: v1, args: [1]}}}]}", "exec.args[0] is a number", id="argument"
        ),
        pytest.param("{users: [{name: u, user: {exec: {command: x, apiVersion: v1, env: [{name: x}]}}}]}", "env[0] has no value", id="env"),
        pytest.param(
            "{users: [{name: u, user: {auth-provider: {name: gcp, config: {scopes: [s3cret]}}}}]}", "is a list, not a string", id="provider"
        ),
        pytest.param(
            "{users: [{name: u, user: {as-user-extra: {reason: x}}}]}", "as-user-extra.reason is a string, not a list", id="extra"
        ),
        pytest.param("{current-context: [s3cret]}", "current-context is a list, not a string", id="current"),
    ],
)
def test_field_of_the_wrong_type_is_named_without_its_value(entry: str, problem: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        parse_kubeconfig(entry, source="config")
    assert problem in refusal.value.message
    assert not refusal.value.message.count("s3cret")


def test_password_in_a_url_is_masked() -> None:
    member = {"server": "https://me:s3cret@api:6443", "proxy-url": "http://s3cret@proxy:3128"}
    visible = redacted({"clusters": [{"name": "c", "cluster": member}, {"name": "d", "cluster": None}]})
    assert visible["clusters"][0]["cluster"] == {"server": "https://me:***@api:6443", "proxy-url": "http://***@proxy:3128"}
