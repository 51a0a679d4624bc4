# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.lab import build


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name in ("go.mod", "go.sum", "main.go"):
        (tmp_path / name).write_text(name)
    return tmp_path


def test_hash_changes_with_every_source(source: Path) -> None:
    seen = {build.source_hash(source)}
    for name in ("go.mod", "go.sum", "main.go", "new.go"):
        with (source / name).open("a") as file:
            file.write("x")
        seen.add(build.source_hash(source))
    assert len(seen) == 5


def test_hash_ignores_other_files(source: Path) -> None:
    before = build.source_hash(source)
    (source / "notes.txt").write_text("x")
    assert build.source_hash(source) == before


def test_binary_in_the_cache_is_not_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cached = tmp_path / "gpuops-aks-lab" / build.source_hash() / "labkube"
    cached.parent.mkdir(parents=True)
    cached.touch()
    assert build.binary() == cached


@pytest.mark.parametrize(
    ("module", "version"),
    [
        ("k8s.io/kubernetes", f"v{'.'.join(map(str, build.KUBERNETES_VERSION))}"),
        ("helm.sh/helm/v3", build.HELM_VERSION),
        ("sigs.k8s.io/node-feature-discovery", build.NFD_VERSION),
    ],
)
def test_stamps_are_the_versions_of_the_modules(module: str, version: str) -> None:
    assert f"\t{module} {version}" in (build.SOURCE / "go.mod").read_text()


def test_build_leaves_both_programs_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = tmp_path / "go"
    make = 'for each; do case $each in */) touch "${each}helm" "${each}controlplane";; esac; done'
    go.write_text(f"#!/bin/sh\ncase $1 in env) echo go1.26.9;; list) echo a;; *) {make};; esac\n")
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    binary = build.binary()
    assert sorted(path.name for path in binary.parent.iterdir()) == ["helm", "labkube", "labkube.lock"]
    assert build.helm(binary).exists()


@pytest.mark.parametrize(
    ("version", "recent"), [("go1.26.8", True), ("go1.26", True), ("go1.27.1", True), ("go2.0", True), ("go1.25.9", False), ("", False)]
)
def test_versions_of_go(version: str, recent: bool) -> None:
    assert build.is_recent(version) is recent


def test_progress_line() -> None:
    assert build.progress_line(812, 2700, 250.4) == "lab: building the control plane, 812 of about 2700 packages, 4m10s"


def test_progress_off_a_terminal_is_a_line_now_and_then() -> None:
    output = io.StringIO()
    progress = build.Progress(output)
    for number in range(5):
        progress.show(f"step {number}")
    progress.milestone("done")
    assert output.getvalue() == "step 0\ndone\n"


class Terminal(io.StringIO):
    """An output that says it is one."""

    def isatty(self) -> bool:
        return True


def test_progress_on_a_terminal_is_one_line_rewritten() -> None:
    output = Terminal()
    progress = build.Progress(output)
    for text in ("step 0", "step 1"):
        progress.show(text)
    progress.milestone("done")
    assert output.getvalue() == "\r\033[Kstep 0\r\033[Kstep 1\r\033[Kdone\n"


def test_failed_build_ends_with_the_error_of_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    go = tmp_path / "go"
    go.write_text('#!/bin/sh\ncase $1 in env) echo go1.26.9;; list) echo a; echo b;; *) echo "main.go:1: broken" >&2; exit 1;; esac\n')
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert build.main() == 1
    errors = capsys.readouterr().err
    assert "go build failed with exit status 1" in errors
    assert errors.endswith("main.go:1: broken\n\n")
    assert not list((tmp_path / "cache").rglob("labkube"))
