# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gc
import json
from typing import Any, get_type_hints

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.device_plugins import device_plugins
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.node_facts import known_nodes
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.snapshot import ClusterSnapshot
from ansible_collections.gpuops.aks.plugins.module_utils._core.scheduling.usage import NodeUsage, requests_of_pod
from ansible_collections.gpuops.aks.plugins.module_utils._core.schemas.kubernetes_lists import Node, Pod
from ansible_collections.gpuops.aks.plugins.module_utils._core.schemas.kubernetes_objects import Object
from ansible_collections.gpuops.aks.plugins.module_utils._core.schemas.validation import FormError
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.diagnosis import diagnose
from ansible_collections.gpuops.aks.plugins.module_utils._core.verify.facts import snapshot_facts
from ansible_collections.gpuops.aks.plugins.module_utils._kube import resources
from ansible_collections.gpuops.aks.plugins.module_utils._kube.decode import Decoder, collector_paused
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import Kind
from hypothesis import given
from hypothesis import strategies as st

from ..builders import GPU, PLUGINS_DIR, SKU_TAINT, Json, container, daemonset, node, plugin_pod, pod

MARKS = (b"nvidia.com/", PLUGINS_DIR.encode())
NAMES = ("a", "b", "c")
PLUGIN = daemonset()


def page(*items: Json, token: str = "", **metadata: Any) -> bytes:
    """A list as the API server writes it: metadata before items, no blanks."""
    place = {"resourceVersion": "42", **({"continue": token} if token else {}), **metadata}
    known = [{**item, "metadata": {"uid": "a-b-c", **item["metadata"]}} for item in items]
    return json.dumps({"kind": "List", "apiVersion": "v1", "metadata": place, "items": known}, separators=(",", ":")).encode()


nodes = st.builds(
    node,
    st.sampled_from(NAMES),
    gpus=st.none() | st.integers(0, 4),
    capacity=st.integers(0, 4),
    taints=st.lists(st.just(SKU_TAINT), max_size=1),
    ready=st.booleans(),
    cordoned=st.booleans(),
    labels=st.dictionaries(st.sampled_from(["nvidia.com/gpu.replicas", "nvidia.com/gpu.count", "zone"]), st.sampled_from(["1", "4", "x"])),
    accelerator=st.booleans(),
)
pods = st.builds(
    pod,
    st.sampled_from(["train", "web"]),
    on=st.sampled_from(["", *NAMES]),
    phase=st.sampled_from(["Pending", "Running", "Succeeded", "Failed"]),
    going=st.booleans(),
    containers=st.lists(st.builds(container, st.integers(0, 3)), min_size=1, max_size=3),
    initContainers=st.none()
    | st.lists(st.builds(container, st.integers(0, 3), restartPolicy=st.sampled_from(["Always", None])), max_size=2),
    overhead=st.none() | st.just({"cpu": "100m"}),
) | st.builds(lambda on, ready: plugin_pod(PLUGIN, on=on, ready=ready), st.sampled_from(NAMES), st.booleans())


def facts(node_page: bytes, pod_page: bytes, *, whole: bool, typed: bool) -> Json:
    node_decoder, pod_decoder = Decoder(Node, typed=typed), Decoder(Pod, () if whole else MARKS, typed=typed)
    usage = NodeUsage(whole=whole)
    decoded = [pod_decoder.slim(each) for each in pod_decoder.page(pod_page).items]
    for each in decoded:
        usage.add(requests_of_pod(each))
    found = known_nodes([node_decoder.slim(each) for each in node_decoder.page(node_page).items], usage, GPU)
    snapshot = ClusterSnapshot(GPU, None, found, device_plugins([PLUGIN], decoded))
    return snapshot_facts(snapshot, diagnose(snapshot), {"containers": [container(1)]} if whole else None)


@given(st.lists(nodes, max_size=4, unique_by=lambda each: each["metadata"]["name"]), st.lists(pods, max_size=6), st.booleans())
def test_facts_are_the_same_with_and_without_msgspec(some: list[Json], others: list[Json], whole: bool) -> None:
    node_page, pod_page = page(*some), page(*others)
    assert facts(node_page, pod_page, whole=whole, typed=True) == facts(node_page, pod_page, whole=whole, typed=False)


texts = st.text(max_size=5)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | texts, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)


@given(st.lists(pods, max_size=3), st.dictionaries(texts, anything, max_size=3))
def test_unknown_fields_are_dropped(some: list[Json], more: Json) -> None:
    strange = [{**more, **each, "spec": {**more, **each["spec"]}} for each in some]
    plain, typed = Decoder(Pod, typed=False), Decoder(Pod, typed=True)
    assert [plain.slim(each) for each in plain.page(page(*strange)).items] == list(typed.page(page(*strange)).items)


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize("marks", [(), MARKS])
def test_page_has_continue_token_and_version(typed: bool, marks: tuple[bytes, ...]) -> None:
    decoder = Decoder(Pod, marks, typed=typed)
    found = decoder.page(page(pod("web"), token="more", remainingItemCount=7))
    assert (found.token, found.version) == ("more", "42")
    assert decoder.page(page()).token is None
    assert list(decoder.page(b'{"metadata":{},"items":null}').items) == []


@pytest.mark.parametrize("typed", [True, False])
def test_pod_with_a_mark_is_always_kept(typed: bool) -> None:
    decoder = Decoder(Pod, MARKS, typed=typed)
    assert list(decoder.page(page(pod("web"))).items) == []
    found = decoder.page(page(pod("web"), pod("train", gpus=1), plugin_pod(PLUGIN))).items
    assert {"train", "nvidia-device-plugin-daemonset-x7k2p"} <= {each["metadata"]["name"] for each in found}


@pytest.mark.parametrize("typed", [True, False])
def test_field_of_the_wrong_type_is_rejected_with_its_path(typed: bool) -> None:
    strange = {**pod("train", gpus=1), "status": {"phase": "Running", "message": {"not": "a string"}}}
    with pytest.raises(FormError, match=r"status\.message is an object, not a string"):
        Decoder(Pod, typed=typed).page(page(strange))


@pytest.mark.parametrize("typed", [True, False])
def test_null_in_an_optional_field_is_accepted(typed: bool) -> None:
    (found,) = Decoder(Pod, typed=typed).page(page({**pod("train", gpus=1), "status": {"phase": "Running", "message": None}})).items
    assert found["status"] == {"phase": "Running"}


@pytest.mark.parametrize("typed", [True, False])
def test_pod_without_a_namespace_is_rejected(typed: bool) -> None:
    nowhere = {**pod("train"), "metadata": {"name": "train", "uid": "train"}}
    with pytest.raises(FormError, match="metadata has no namespace"):
        Decoder(Pod, typed=typed).page(page(nowhere))


@pytest.mark.parametrize("kind", [kind for kind in vars(resources).values() if isinstance(kind, Kind) and kind.shape is not Object])
def test_shape_of_a_kind_says_whether_it_is_in_a_namespace(kind: Kind) -> None:
    metadata = get_type_hints(get_type_hints(kind.shape)["metadata"])
    assert ("namespace" in metadata) is kind.namespaced


NAMELESS = {"uid": "a"}, {"name": "a"}, {"name": 1, "uid": "a"}, [], None


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        '{"metadata":{},"items":[{"metadata"',
        "[]",
        "null",
        "7",
        "{}",
        '{"metadata":{}}',
        '{"metadata":[],"items":[]}',
        '{"metadata":{},"items":{}}',
        '{"metadata":{},"items":[7]}',
        '{"metadata":{},"items":[{"metadata":{"name":"a","uid":"a"},"spec":[1]}]}',
        *(json.dumps({"metadata": {}, "items": [{"metadata": each, "spec": {}}]}) for each in NAMELESS),
    ],
)
def test_response_that_is_not_a_list_of_objects_is_rejected(typed: bool, text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Decoder(Pod, typed=typed).page(text.encode())


@pytest.mark.parametrize("text", ["[]", "{}", "null", '{"type":"ADDED"}', '{"type":"ADDED","object":[]}', '{"type":1,"object":{}}'])
def test_line_that_is_not_an_event_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Decoder(Pod).event(text.encode())


def test_event_has_needed_fields_only_and_an_error_has_all() -> None:
    decoder = Decoder(Pod)
    known = {**pod(), "metadata": {"uid": "a-b-c", "resourceVersion": "1", **pod()["metadata"]}, "more": 1}
    event = decoder.event(json.dumps({"type": "ADDED", "object": known}).encode())
    assert "more" not in event["object"]
    gone = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}}
    assert decoder.event(json.dumps(gone).encode()) == gone


def test_garbage_collection_is_paused_and_resumed_even_after_an_error() -> None:
    assert gc.isenabled()
    with collector_paused():
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match=r".+"):
        Decoder(Pod, typed=False).page(b"{")
    assert gc.isenabled()


def test_disabled_garbage_collection_stays_disabled() -> None:
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_pages_of_large_objects_are_smaller_only_without_msgspec() -> None:
    assert Decoder(Node, typed=True, plain_page=125).page_size == Decoder(Node, typed=False).page_size == Decoder().page_size == 500
    assert Decoder(Node, typed=False, plain_page=125).page_size == 125
