# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what kubectl and others wrote to files: every form, and every way in which it arrives damaged."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.mappings import Json
from ansible_collections.gpuops.aks.plugins.module_utils._errors import KubernetesError
from ansible_collections.gpuops.aks.plugins.module_utils._kube.dumps.client import DumpClient
from ansible_collections.gpuops.aks.plugins.module_utils._kube.dumps.dump import Dump
from ansible_collections.gpuops.aks.plugins.module_utils._kube.dumps.kinds import BY_PLURAL
from ansible_collections.gpuops.aks.plugins.module_utils._kube.logs.pod_log import last_lines
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import (
    AKS_NODE_CLASSES,
    CLUSTER_POLICIES,
    CONFIG_MAPS,
    DAEMONSETS,
    EVENTS,
    NODES,
    NVIDIA_DRIVERS,
    PODS,
    Kind,
)

from ...builders import daemonset, node, pod

NODE_NAMES = [f"aks-gpunp-{number}" for number in range(3)]
ITEMS = [*map(node, NODE_NAMES), pod("train-0", on=NODE_NAMES[0], gpus=1), daemonset()]
LIST = {"apiVersion": "v1", "items": ITEMS, "kind": "List", "metadata": {"resourceVersion": ""}}
JSON = json.dumps(LIST, indent=4)
YAML = yaml.safe_dump(LIST)


def read(folder: Path) -> Dump:
    dump = Dump()
    dump.read([str(folder)])
    return dump


def names(dump: Dump, kind: Any = NODES) -> list[str]:
    return [each["metadata"]["name"] for each in DumpClient(dump, "files").list(kind)]


def typed(kind: str, *items: Json) -> str:
    """A list as cluster-info dump writes it: its items do not name their kind."""
    return json.dumps({"kind": f"{kind}List", "apiVersion": "v1", "items": [{**each, "kind": ""} for each in items]})


def typed_yaml(kind: str, *items: Json) -> str:
    """The same in YAML; the kinds of owners in the items are not theirs."""
    unnamed = [{name: value for name, value in each.items() if name not in ("kind", "apiVersion")} for each in items]
    owned = [
        {**each, "metadata": {**each["metadata"], "ownerReferences": [{"kind": "Other", "name": "x", "uid": "y"}]}} for each in unnamed
    ]
    return f"apiVersion: v1\n{yaml.safe_dump({'items': owned})}".replace("apiVersion: v1\n", f"apiVersion: v1\nkind: {kind}List\n", 1)


INDENTED = "apiVersion: v1\nitems:\n" + "".join(f"  {line}\n" for line in yaml.safe_dump(ITEMS).splitlines()) + "kind: List\n"
FORMS: dict[str, dict[str, bytes]] = {
    "a List in JSON": {"all.json": JSON.encode()},
    "a List on one line": {"all.json": json.dumps(LIST).encode()},
    "single objects in JSON": {f"{number}.json": json.dumps(each).encode() for number, each in enumerate(ITEMS)},
    "several objects in a file": {"all.json": "\n".join(map(json.dumps, ITEMS)).encode()},
    "a List in YAML": {"all.yaml": YAML.encode()},
    "documents in YAML": {"all.yaml": "---\n".join(map(yaml.safe_dump, ITEMS)).encode()},
    "YAML without its ending": {"all.txt": YAML.encode()},
    "a List in YAML, indented by yq": {"all.yaml": INDENTED.encode()},
    "typed lists in YAML": {
        "nodes.yaml": typed_yaml("Node", *ITEMS[:3]).encode(),
        "pods.yaml": typed_yaml("Pod", ITEMS[3]).encode(),
        "daemonsets.yaml": typed_yaml("DaemonSet", ITEMS[4]).encode(),
    },
    "a List in YAML on one line": {"all.yaml": f"apiVersion: v1\nitems: {json.dumps(ITEMS)}\nkind: List\n".encode()},
    "a JSON array": {"all.json": json.dumps(ITEMS).encode()},
    "results of k8s_info": {"all.json": json.dumps({"changed": False, "resources": ITEMS}).encode()},
    "after a warning of kubectl": {
        "all.json": b"Warning: v1 ComponentStatus is deprecated\nW1128 10:00:00.0 x.go:1] slow\n" + JSON.encode()
    },
    "in a fence of Markdown": {"all.txt": f"```json\n{JSON}\n```\n".encode()},
    "YAML after comments": {"all.yaml": f"# by hand\n# on a Friday\n---\n{YAML}".encode()},
    "typed lists": {
        "nodes.json": typed("Node", *ITEMS[:3]).encode(),
        "default/pods.json": typed("Pod", ITEMS[3]).encode(),
        "default/daemonsets.json": typed("DaemonSet", ITEMS[4]).encode(),
    },
    "UTF-16 of PowerShell": {"all.json": JSON.replace("\n", "\r\n").encode("utf-16")},
    "UTF-16 without a mark": {"all.json": JSON.encode("utf-16-le")},
    "UTF-8 with a mark": {"all.json": JSON.encode("utf-8-sig")},
    "Windows line ends": {"all.json": JSON.replace("\n", "\r\n").encode()},
    "Windows line ends in YAML": {"all.yaml": YAML.replace("\n", "\r\n").encode("utf-16")},
}


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_objects(tmp_path: Path, form: str) -> None:
    write(tmp_path, FORMS[form])
    dump = read(tmp_path)
    assert dump.problems == []
    assert sorted(names(dump)) == NODE_NAMES
    assert names(dump, PODS) == ["train-0"]
    assert names(dump, DAEMONSETS) == ["nvidia-device-plugin-daemonset"]


def in_tar(path: Path, files: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def in_zip(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


@pytest.mark.parametrize("pack", [in_tar, in_zip])
def test_archives_are_read_without_unpacking(tmp_path: Path, pack: Callable[[Path, dict[str, bytes]], None]) -> None:
    path = tmp_path / "dump"
    pack(path, {"../../etc/nodes.json": JSON.encode()})
    dump = Dump()
    dump.read([str(path)])
    assert (sorted(names(dump)), dump.problems) == (NODE_NAMES, [])
    assert [each.name for each in tmp_path.iterdir()] == ["dump"]


def cut(text: str, word: str) -> bytes:
    """The text up to a word of its second node."""
    return text[: text.index(word, text.index(NODE_NAMES[1]))].encode()


DAMAGED: dict[str, tuple[bytes, str, list[str]]] = {
    "JSON cut in an object": (cut(JSON, "capacity"), "not valid JSON", NODE_NAMES[:1]),
    "JSON cut in a text": (cut(JSON, "Standard_NC6") + b"Stand", "Unterminated string", NODE_NAMES[:1]),
    "JSON cut between items": (JSON[: JSON.index(NODE_NAMES[1])].rpartition("{")[0].rpartition("{")[0].encode(), "JSON", NODE_NAMES[:1]),
    "JSON with a wrong word": (cut(JSON, "capacity") + b'kind": Node}' + bytes(100), "not valid JSON", NODE_NAMES[:1]),
    "JSON with binary noise": (cut(JSON, "capacity") + bytes(range(128, 160)) * 40, "JSON", NODE_NAMES[:1]),
    "JSON that is nested too deeply": (b'{"kind": "List", "items": [' + b"[" * 200_000, "deep", []),
    "YAML cut in an object": (YAML.encode()[: YAML.index(NODE_NAMES[1]) + 8] + b"\n  labels: {a", "", NODE_NAMES[:1]),
    "YAML with aliases": (b"apiVersion: v1\nkind: Node\nmetadata: &a\n  name: x\nspec: *a\n", "aliases", []),
    "a web page": (b"<html><body>Sign in</body></html>", "no object", []),
    "nothing but spaces": (b"  \n \n", "", []),
    "an empty file": (b"", "", []),
    "an object without a name": (b'{"kind": "Node", "metadata": {}}', "no name", []),
    "a field of the wrong type": (b'{"kind": "Node", "metadata": {"name": "x", "labels": 3}}', "labels", []),
    "metadata of the wrong type": (b'{"kind": "Node", "metadata": "x"}', "no name", []),
    "compressed alone": (b"\x1f\x8b\x08\x00" + bytes(60), "cannot be read", []),
    "a list of lists": (b'[[{"kind": "Node"}]]', "", []),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGED)
def test_damage_is_told_and_what_comes_before_it_counts(tmp_path: Path, damage: str) -> None:
    content, words, left = DAMAGED[damage]
    (tmp_path / "sent.json").write_bytes(content)
    dump = read(tmp_path)
    assert sorted(names(dump)) == left
    assert any(words in each and "sent.json" in each for each in dump.problems) if words else len(dump.problems) <= 1


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_archive_that_is_cut_off_gives_what_it_has(tmp_path: Path, part: float) -> None:
    whole = tmp_path / "whole"
    in_tar(
        whole, {f"{number}.json": json.dumps(node(f"aks-{number}", labels={"noise": f"{number**40:x}"})).encode() for number in range(200)}
    )
    (tmp_path / "cut.tar.gz").write_bytes(whole.read_bytes()[: int(whole.stat().st_size * part)])
    dump = Dump()
    dump.read([str(tmp_path / "cut.tar.gz")])
    assert 0 < len(names(dump)) < 200
    assert any("cut.tar.gz" in each or ".json" in each for each in dump.problems)


def test_selectors_and_fields_are_answered_as_the_api_server_does(tmp_path: Path) -> None:
    write(tmp_path, {"all.json": JSON.encode()})
    client = DumpClient(read(tmp_path), "files")
    assert len(client.list(NODES, labelSelector="agentpool=gpunp,kubernetes.io/os in (linux, windows),!gone")) == 3
    assert client.list(NODES, labelSelector="agentpool!=gpunp") == []
    assert [
        each["metadata"]["name"] for each in client.list(PODS, fieldSelector=f"spec.nodeName={NODE_NAMES[0]},status.phase!=Failed")
    ] == ["train-0"]
    assert client.list(PODS, fieldSelector=f"spec.nodeName={NODE_NAMES[1]}") == []
    assert client.find(CONFIG_MAPS, "absent", "kube-system") is None


def test_large_dump_takes_little_memory(tmp_path: Path) -> None:
    """A hundred times as many objects as a chunk has, in a process of their own, whose peak is its memory."""
    item = json.dumps({**pod("train-0", on=NODE_NAMES[0]), "noise": ["x" * 100] * 60}, indent=4)
    with (tmp_path / "pods.json").open("w") as file:
        file.write(
            '{"kind": "List", "items": [' + ",\n".join(item.replace("train-0", f"train-{number}") for number in range(12_000)) + "]}"
        )
    script = (
        "import resource, sys; from ansible_collections.gpuops.aks.plugins.module_utils._kube.dumps.dump import Dump; "
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; dump = Dump(); dump.read(sys.argv[1:]); "
        "print(len(dump.objects['pods']), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10, dump.problems)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    told = subprocess.run(  # our own program
        [sys.executable, "-c", script, str(tmp_path)], env=environment, check=True, capture_output=True, text=True
    ).stdout.split(maxsplit=2)
    assert (tmp_path / "pods.json").stat().st_size > 80 << 20
    assert (told[0], told[2].strip()) == ("12000", "[]")
    assert int(told[1]) < 60


def test_pages_have_every_object_once(tmp_path: Path) -> None:
    many = [pod(f"pod-{number:04}", on=NODE_NAMES[0]) for number in range(1203)]
    write(tmp_path, {"pods.json": json.dumps({"kind": "PodList", "items": many}).encode()})
    pages = list(DumpClient(read(tmp_path), "files").pages(PODS, fieldSelector="status.phase!=Succeeded"))
    assert len(pages) == 3
    assert [each["metadata"]["name"] for page in pages for each in page.items] == [each["metadata"]["name"] for each in many]


MARKED = (
    "==== START logs for container main of pod default/train-0 ====\nhello\n==== END logs for container main of pod default/train-0 ====\n"
)
LOGS = {
    "cluster-info dump in folders": ("default/train-0/logs.txt", MARKED),
    "cluster-info dump in a file": ("dump.txt", f"{JSON}\n{MARKED}{json.dumps(node('last'))}"),
    "kubectl logs --prefix": ("gpu_operand_pod_train-0.log", "[pod/train-0/main] hello\n"),
    "an archive of collect": ("logs/default/train-0/main.log", "hello\n"),
    "that begins as the log of kubectl does": ("logs/default/train-0/main.log", "I1128 10:00:00.000000 1 main.go:1] hello\n"),
}  # fmt: skip


@pytest.mark.parametrize("form", LOGS)
def test_logs_are_found_by_pod_and_container(tmp_path: Path, form: str) -> None:
    name, content = LOGS[form]
    write(tmp_path, {"pods.json": json.dumps(pod("train-0")).encode(), name: content.encode()})
    dump = read(tmp_path)
    assert last_lines(DumpClient(dump, "files"), "train-0", "default", "main").endswith("hello")
    assert last_lines(DumpClient(dump, "files"), "train-0", "default", "other") == ""
    assert dump.problems == []
    assert form != "cluster-info dump in a file" or "last" in names(dump)


@pytest.mark.parametrize("kind", [CLUSTER_POLICIES, NVIDIA_DRIVERS, AKS_NODE_CLASSES])
def test_absence_of_a_kind_that_names_owners_is_unknown_unless_the_files_say_it(tmp_path: Path, kind: Kind) -> None:
    write(tmp_path, {"nodes.json": json.dumps(node("a")).encode()})
    with pytest.raises(KubernetesError) as refusal:
        DumpClient(read(tmp_path), "files").list(kind)
    assert refusal.value.status == 403
    name = BY_PLURAL[kind.plural].name
    write(tmp_path, {"empty.json": json.dumps({"kind": f"{name}List", "items": []}).encode()})
    assert DumpClient(read(tmp_path), "files").list(kind) == []


def test_kind_that_is_not_there_differs_from_an_empty_one(tmp_path: Path) -> None:
    write(tmp_path, {"nodes.json": json.dumps(node("a")).encode(), "events.json": b'{"kind": "List", "items": []}'})
    dump = read(tmp_path)
    assert (dump.has(NODES), dump.has(EVENTS), dump.has(DAEMONSETS)) == (True, True, False)


DESCRIBED = """\
Name:               aks-gpunp-0
Roles:              <none>
Labels:             agentpool=gpunp
                    kubernetes.azure.com/accelerator=nvidia
                    node.kubernetes.io/instance-type=Standard_NC4as_T4_v3
Annotations:        a: b
CreationTimestamp:  Sat, 28 Nov 2026 09:00:00 +0000
Taints:             sku=gpu:NoSchedule
                    node.kubernetes.io/unschedulable:NoSchedule
Unschedulable:      true
Conditions:
  Type        Status  LastHeartbeatTime                LastTransitionTime               Reason        Message
  ----        ------  -----------------                ------------------               ------        -------
  GPUMissing  True    Sat, 28 Nov 2026 10:00:00 +0000  Sat, 28 Nov 2026 09:30:00 +0000  GPUMissing    Expected 8 GPUs. FaultCode: NHC2009
  Ready       True    Sat, 28 Nov 2026 10:01:00 +0000  Sat, 28 Nov 2026 09:01:00 +0000  KubeletReady  kubelet is posting ready status
Capacity:
  cpu:                4
  nvidia.com/gpu:     1
Allocatable:
  cpu:                3860m
  nvidia.com/gpu:     1
System Info:
  Kernel Version:             6.8.0
  Container Runtime Version:  containerd://2.1.4
ProviderID:  azure:///subscriptions/0/virtualMachineScaleSets/aks-gpunp-1-vmss/virtualMachines/0
Events:              <none>


Name:               nvidia-device-plugin-x
Namespace:          gpu-operator
"""


def test_described_nodes_of_a_must_gather_are_nodes(tmp_path: Path) -> None:
    write(tmp_path, {"gpu_nodes.descr": DESCRIBED.encode()})
    dump = read(tmp_path)
    (found,) = DumpClient(dump, "files").list(NODES)
    assert found["metadata"]["labels"]["agentpool"] == "gpunp"
    assert found["spec"]["unschedulable"] is True
    assert found["spec"]["taints"][0] == {"key": "sku", "value": "gpu", "effect": "NoSchedule"}
    assert found["status"]["capacity"]["nvidia.com/gpu"] == "1"
    assert found["status"]["nodeInfo"]["containerRuntimeVersion"] == "containerd://2.1.4"
    assert found["status"]["conditions"][0]["message"] == "Expected 8 GPUs. FaultCode: NHC2009"
    assert found["status"]["conditions"][1]["lastTransitionTime"] == "2026-11-28T09:01:00Z"
    assert dump.newest == "2026-11-28T10:01:00Z"


def test_what_only_explains_fills_no_memory(tmp_path: Path) -> None:
    """40 MB of small events and of logs, of which the first 32 MiB of each are kept; nodes and pods after them are."""
    told = json.dumps({"kind": "Event", "metadata": {"name": "e"}, "involvedObject": {"name": "x" * 180}, "message": "y" * 400})
    with (tmp_path / "a.json").open("w") as file:
        file.write("\n".join(told.replace('"e"', f'"e{number}"') for number in range(60_000)))
        file.write(f"\n{JSON}")
    lines = "".join(f"[pod/p{number}/c] {'z' * 3000}\n" for number in range(13_000))
    (tmp_path / "b.log").write_text(lines)
    dump = read(tmp_path)
    assert [each.rpartition("Only")[0] for each in dump.problems] == [
        "There is too much to keep of events. ",
        "There is too much to keep of logs. ",
    ]
    assert 20_000 < len(list(dump.of(EVENTS))) < 60_000
    assert (sorted(names(dump)), names(dump, PODS)) == (NODE_NAMES, ["train-0"])


def test_more_nodes_than_any_cluster_has_fill_no_memory(tmp_path: Path) -> None:
    many = ({"kind": "Node", "metadata": {"name": f"aks-{number}"}} for number in range(30_000))
    (tmp_path / "nodes.json").write_text("\n".join(map(json.dumps, many)))
    dump = read(tmp_path)
    assert dump.problems == ["There is too much to keep of nodes. Only the first 47 MiB were read."]
    assert 20_000 < len(list(dump.of(NODES))) < 25_000


def test_many_logs_of_a_line_fill_no_memory(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("".join(f"[pod/p{number}/c]\n" for number in range(60_000)))
    dump = read(tmp_path)
    assert dump.problems == ["There is too much to keep of logs. Only the first 31 MiB were read."]
    assert 30_000 < len(dump.logs) < 35_000


def test_same_problem_is_told_once_and_others_are_counted(tmp_path: Path) -> None:
    bad = {"kind": "Node", "metadata": {"name": "x", "labels": 3}}
    (tmp_path / "0.json").write_text(json.dumps(bad) * 3)
    for number in range(1, 121):
        (tmp_path / f"{number}.json").write_text("<html>")
    problems = read(tmp_path).problems
    assert problems[0] == f"{tmp_path.name}/0.json: a Node was left out: metadata.labels is an integer, not an object (3 times)."
    assert (len(problems), problems[-1]) == (21, "There are 101 more problems.")


LONG_MAP = "---\napiVersion: v1\ndata:\n  a: |\n" + "    line\n" * 80_000 + "kind: ConfigMap\nmetadata:\n  name: large\n"


def test_long_object_in_yaml_takes_nothing_from_those_after_it(tmp_path: Path) -> None:
    long_node = yaml.safe_dump({**node("long"), "noise": ["x" * 40] * 20_000})
    write(tmp_path, {"all.yaml": f"{LONG_MAP}---\n{long_node}---\n{YAML}".encode()})
    dump = read(tmp_path)
    assert [each.partition(": ")[2] for each in dump.problems] == ["a Node was left out: it is longer than 512 KiB."]
    assert sorted(names(dump)) == NODE_NAMES


def test_table_of_kubectl_is_told_unless_the_kind_is_there(tmp_path: Path) -> None:
    pods = "NAMESPACE     NAME      READY   STATUS    RESTARTS   AGE\nkube-system   coredns   1/1     Running   0          5d\n"
    write(
        tmp_path, {"nodes.json": json.dumps(node("a")).encode(), "pods.txt": pods.encode(), "nodes.txt": b"NAME   STATUS   ROLES   AGE\n"}
    )
    (problem,) = read(tmp_path).problems
    assert "pods.txt: it is a table" in problem
    assert "--output json" in problem


def test_no_resources_found_is_an_answer(tmp_path: Path) -> None:
    write(tmp_path, {"nodes.json": JSON.encode(), "events.txt": b"No resources found\n", "nvidiadrivers.yaml": b"No resources found\n"})
    dump = read(tmp_path)
    assert (dump.problems, dump.has(EVENTS), dump.has(NVIDIA_DRIVERS), dump.has(AKS_NODE_CLASSES)) == ([], True, True, False)


def test_daemonsets_that_serve_no_devices_are_known_to_be_there_and_not_kept(tmp_path: Path) -> None:
    other = daemonset("kube-proxy")
    other["spec"]["template"]["spec"]["volumes"] = []
    write(tmp_path, {"daemonsets.json": json.dumps(other).encode()})
    assert (read(tmp_path).has(DAEMONSETS), names(read(tmp_path), DAEMONSETS)) == (True, [])
