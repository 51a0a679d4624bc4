# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives as they arrive from customers and from attackers: each ends in a clear error or in an answer that says that it is partial."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import json
import lzma
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.verify import OPERATION

from ..builders import Json, daemonset, node, pod
from ..operation_table import parameters
from ..tasks import real_run

GOOD = json.dumps({"kind": "NodeList", "items": [node("good")]})
GOOD_YAML = yaml.safe_dump({"apiVersion": "v1", "kind": "Node", **node("good")})
BOMB = b"metadata:\n  name: x\n  a: &a [x, x, x, x]\n" + b"".join(
    b"  %c: &%c [%s]\n" % (name + 1, name + 1, b", ".join([b"*%c" % name] * 9)) for name in range(ord("a"), ord("k"))
)
WHOLE = json.dumps({"kind": "List", "items": [node("a"), node("b"), daemonset(), pod("train-0", on="a", gpus=1)]})
NODES = ("n.json", WHOLE.encode())
Member = tuple[str, bytes] | tarfile.TarInfo
YAML_LONG = f"{GOOD_YAML}---\nkind: Node\nmetadata:\n  name: long\nx:\n".encode() + b"- {}\n" * 200_000
PARTIAL, REFUSED = "PARTIAL", "NoNodesInFiles"


def changed(change: Callable[[Json], Any]) -> bytes:
    """A list of two nodes, the first of which has been changed."""
    items = [node("a"), node("b")]
    change(items[0])
    return json.dumps({"kind": "List", "items": items}).encode()


def offering(amount: Any) -> bytes:
    """The same, whose first node offers this amount of GPUs."""
    return changed(lambda item: [item["status"][part].update({"nvidia.com/gpu": amount}) for part in ("capacity", "allocatable")])


def noise(size: int) -> str:
    """A pod that no compression makes small."""
    return json.dumps({**pod("noise"), "noise": "".join(f"{number**9:x}" for number in range(size // 30))})


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


def in_tar(*members: Member) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                header = tarfile.TarInfo(member[0])
                header.size = len(member[1])
                archive.addfile(header, io.BytesIO(member[1]))
    return file.getvalue()


def in_zip(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def spoiled(archive: bytes) -> bytes:
    """An archive whose compressed data is wrong, behind the header of its first file."""
    return archive[:60] + bytes(24) + archive[84:]


GOOD_AND_NOISE = f"{GOOD}\n{noise(60_000)}".encode()


# What arrives, what it leads to, and how many nodes it shows.
ARRIVALS: dict[str, tuple[bytes, str, int]] = {
    "JSON cut in the last object": (WHOLE[:-40].encode(), PARTIAL, 2),
    "JSON cut in the first object": (WHOLE[:200].encode(), REFUSED, 0),
    "two downloads on top of each other": (WHOLE[:-40].encode() + WHOLE.encode(), PARTIAL, 2),
    "Windows line ends": (json.dumps(json.loads(WHOLE), indent=2).replace("\n", "\r\n").encode(), "", 2),
    "UTF-16": (WHOLE.encode("utf-16"), "", 2),
    "UTF-16 cut in a character": (WHOLE.encode("utf-16")[:-31], PARTIAL, 2),
    "every object twice": ((WHOLE + WHOLE).encode(), "", 2),
    "no nodes": (json.dumps(pod("train-0")).encode(), REFUSED, 0),
    "kinds that no diagnosis reads": (b'{"kind": "List", "items": [{"kind": "Secret", "metadata": {}}, 3, null, []]}', REFUSED, 0),
    "a kind with the fields of another": (changed(lambda item: item.update(spec=[1])), PARTIAL, 1),
    "fields of wrong types": (changed(lambda item: item["metadata"].update(labels=["a"])), PARTIAL, 1),
    "a name that is a number": (changed(lambda item: item["metadata"].update(name=3)), PARTIAL, 1),
    "NaN as a number": (offering(float("nan")), PARTIAL, 1),
    "NaN as a text": (offering("NaN"), PARTIAL, 1),
    "a number without end": (offering("9" * 5000), PARTIAL, 1),
    "deep nesting": (WHOLE[:-1].encode() + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", PARTIAL, 2),
    "deep nesting in YAML": (b"kind: Node\nmetadata: {name: x}\nspec: " + b"[" * 5000 + b"]" * 5000, REFUSED, 0),
    "a call in YAML": (b"kind: Node\nmetadata: !!python/object/apply:os.getcwd []\n", REFUSED, 0),
    "links out of the archive": (
        in_tar(special("nodes.json", tarfile.SYMTYPE, "/etc/passwd"), special("pods.json", tarfile.LNKTYPE, "../../etc/passwd")),
        REFUSED, 0,
    ),
    "links in a circle": (in_tar(special("a", tarfile.LNKTYPE, "b"), special("b", tarfile.LNKTYPE, "a"), NODES), "", 2),
    "devices": (in_tar(special("zero", tarfile.CHRTYPE), special("pipe", tarfile.FIFOTYPE), NODES), "", 2),
    "a bomb of zeros": (in_tar(("zeros.json", bytes(32 << 20)), NODES), "", 2),
    "a bomb of one text": (in_tar(("a.json", b'{"kind": "' + b"x" * (40 << 20)), NODES), PARTIAL, 2),
    "an archive in an archive": (in_tar(("in.tar.gz", in_tar(NODES)), NODES), PARTIAL, 2),
    "a tar that is spoiled": (spoiled(in_tar(("n.json", WHOLE.encode()))), REFUSED, 0),
    "a zip that is spoiled": (spoiled(in_zip("n.json", WHOLE.encode())), REFUSED, 0),
    "a file compressed by gzip": (gzip.compress(WHOLE.encode()), "", 2),
    "a file compressed by bzip2": (bz2.compress(WHOLE.encode()), "", 2),
    "a file compressed by xz": (lzma.compress(WHOLE.encode()), "", 2),
    "gzip that is cut after the first object": (gzip.compress(GOOD_AND_NOISE)[:-9000], PARTIAL, 1),
    "a tar that is cut in its second file": (in_tar(("a.json", GOOD.encode()), ("b.json", noise(60_000).encode()))[:20_000], PARTIAL, 1),
    "UTF-16 of the other byte order": (codecs.BOM_UTF16_BE + WHOLE.encode("utf-16-be"), "", 2),
    "UTF-16 of the other byte order, without a mark": (WHOLE.encode("utf-16-be"), "", 2),
    "UTF-32": (WHOLE.encode("utf-32"), "", 2),
    "NUL bytes between the objects": (WHOLE.encode() + bytes(4096) + GOOD.encode() + bytes(4096), "", 3),
    "NUL bytes in the middle": (WHOLE[:-300].encode() + bytes(4096), PARTIAL, 2),
    "a List whose items are null": (b'{"kind": "NodeList", "items": null}', "", 0),
    "a List in YAML whose items are null": (b"kind: NodeList\nitems: null\n", "", 0),
    "a List whose items are a text": (b'{"kind": "NodeList", "items": "aks-0"}', REFUSED, 0),
    "a List whose items are an object": (b'{"kind": "NodeList", "items": {"kind": "Node"}}', REFUSED, 0),
    "the table that kubectl prints": (b"NAME     STATUS   ROLES    AGE   VERSION\naks-0   Ready    <none>   5d    v1.34.1\n", REFUSED, 0),
    "a key twice in YAML": (b"kind: Node\nmetadata: {name: x}\nmetadata: {name: y, labels: {accelerator: nvidia}}\n", "", 1),
    "a key twice in JSON": (b'{"kind": "Node", "metadata": 3, "metadata": {"name": "y", "labels": {"accelerator": "nvidia"}}}', "", 1),
    "a bomb of aliases": (b"kind: Node\n" + BOMB, REFUSED, 0),
    "a bomb of aliases in flow style": (b"kind: Node\nmetadata: {name: x}\nspec: {a: &a [x, x], b: &b [*a, *a], c: [*b,*b]}\n", REFUSED, 0),
    "a bomb of merged keys": (b"kind: Node\nmetadata: {name: x}\nspec: {a: &a {x: y}, b: &b {<<: [*a,*a]}, c: {<<: *b}}\n", REFUSED, 0),
    "an object of empty objects": (b'{"kind": "Node", "metadata": {"name": "x"}, "x": [' + b"{}," * (3 << 20) + b"{}]}", REFUSED, 0),
    "YAML longer than any object": (YAML_LONG, PARTIAL, 1),
    "what kubectl says to an error": (b"Error from server (Forbidden): nodes is forbidden\n", REFUSED, 0),
    "a compressed file that is cut": (gzip.compress(WHOLE.encode())[:-60], PARTIAL, 2),
}  # fmt: skip


@pytest.mark.parametrize("arrival", ARRIVALS)
def test_whatever_arrives_ends_in_a_clear_error_or_an_answer_that_says_what_it_lacks(tmp_path: Path, arrival: str) -> None:
    content, end, nodes = ARRIVALS[arrival]
    (tmp_path / "sent").write_bytes(content)
    asked = parameters(OPERATION, from_files=[str(tmp_path)], pool="")
    if end == REFUSED:
        with pytest.raises(InvalidInputError) as refusal:
            OPERATION.run(asked, real_run())
        assert (refusal.value.code, "kubectl get nodes" in refusal.value.remedy) == (REFUSED, True)
        return
    outcome = OPERATION.run(asked, real_run())
    assert outcome.result["ansible_facts"]["gpu_schedulable"]["node_count"] == nodes
    assert [warning.startswith("The answer is partial. ") for warning in outcome.warnings] == [True] * (end == PARTIAL)


@pytest.mark.parametrize("arrival", [name for name, (_content, end, _nodes) in ARRIVALS.items() if end])
def test_damage_takes_nothing_from_a_good_file_beside_it(tmp_path: Path, arrival: str) -> None:
    (tmp_path / "bad").write_bytes(ARRIVALS[arrival][0])
    (tmp_path / "good.json").write_text(GOOD)
    outcome = OPERATION.run(parameters(OPERATION, from_files=[str(tmp_path)], pool=""), real_run())
    assert "good" in [each["name"] for each in outcome.result["ansible_facts"]["gpu_schedulable"]["nodes"]]


def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """To open a pipe to which nobody writes would take forever: named itself, and among the files of a directory."""
    os.mkfifo(tmp_path / "nodes.json")
    (tmp_path / "good.json").write_text(GOOD)
    for paths, warnings in ([str(tmp_path)], 0), ([str(tmp_path / "good.json"), str(tmp_path / "nodes.json")], 1):
        outcome = OPERATION.run(parameters(OPERATION, from_files=paths, pool=""), real_run())
        assert (outcome.result["ansible_facts"]["gpu_schedulable"]["node_count"], len(outcome.warnings)) == (1, warnings)


READ_AS_NOBODY = """
import os, sys
from ansible_collections.gpuops.aks.plugins.module_utils._kube.dumps.dump import Dump
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
dump = Dump()
dump.read(sys.argv[1:])
print(len(dump.objects["nodes"]), *dump.problems, sep="\\n")
"""


def test_directory_and_file_without_permission_are_told() -> None:
    sent = Path(tempfile.mkdtemp())  # which is open to whoever is nobody, unlike pytest's
    try:
        sent.chmod(0o755)
        (sent / "good.json").write_text(GOOD)
        (sent / "closed").mkdir()
        (sent / "closed" / "pods.json").write_text(WHOLE)
        (sent / "secret.json").write_text(WHOLE)
        for each in (sent / "closed", sent / "secret.json"):
            each.chmod(0)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        line = [sys.executable, "-c", READ_AS_NOBODY, str(sent)]
        count, *problems = subprocess.run(line, env=environment, cwd="/", check=True, capture_output=True, text=True).stdout.splitlines()
    finally:
        (sent / "closed").chmod(0o755)
        shutil.rmtree(sent)
    assert count == "1"
    assert sorted(each.partition(":")[0].rpartition("/")[2] for each in problems) == ["closed", "secret.json"]
    assert all("Permission denied" in each for each in problems)
