# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What `ansible-galaxy collection build` makes of a clone in which somebody has worked, and what somebody has who installs that.

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests import collection_copy

BIN = Path(sys.executable).parent
# What work leaves behind in a clone.
LEFTOVERS = [
    ".venv/pyvenv.cfg",
    ".venv-conformance/pyvenv.cfg",
    ".ansible/roles/x",
    ".cache/x",
    ".hypothesis/x",
    ".mypy_cache/x",
    "build/demo/report.json",
    "changelogs/.plugin-cache.yaml",
    "changelogs/fragments/x.yml",
    "collections/ansible_collections/gpuops/aks/galaxy.yml",
    "gpuops-aks-0.9.0.tar.gz",
    "plugins/modules/__pycache__/aks_feature.cpython-311.pyc",
]
OF_GALAXY = {"MANIFEST.json", "FILES.json"}
IN_THE_ROOT = {
    "CHANGELOG.rst",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "MAINTAINERS.md",
    "README.md",
    "REUSE.toml",
    "SECURITY.md",
    "SUPPORT.md",
    "ansible-navigator.yml",
    "execution-environment.yml",
    "requirements.txt",
}
WHOLE_FOLDERS = ("docs", "extensions", "meta", "playbooks", "plugins", "roles")
FOR_OUR_DOCSITE = "docs/docsite/conf.py"


def ansible(*command: str, collections: Path) -> str:
    """Run one of Ansible's programs with no collections but those of a folder; what it prints."""
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(collections), "ANSIBLE_LOCALHOST_WARNING": "false"}
    program, *arguments = command
    run = subprocess.run(
        [BIN / program, *arguments], cwd=collections, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert run.returncode == 0, f"{' '.join(command)}:\n{run.stdout}{run.stderr}"
    return run.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository's files, and what work leaves behind among them."""
    clone = tmp_path_factory.mktemp("clone")
    collection_copy.copy(clone)
    for name in LEFTOVERS:
        left = clone / name
        left.parent.mkdir(parents=True, exist_ok=True)
        left.write_text("left behind\n")
    return clone


@pytest.fixture(scope="module")
def artefact(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("artefact")
    ansible("ansible-galaxy", "collection", "build", "--output-path", str(output), str(clone), collections=output)
    (built,) = output.glob("*.tar.gz")
    return built


@pytest.fixture(scope="module")
def installed(artefact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of collections with nothing but the artefact in it."""
    collections = tmp_path_factory.mktemp("collections")
    ansible("ansible-galaxy", "collection", "install", "--offline", "-p", str(collections), str(artefact), collections=collections)
    return collections


def test_artifact_has_what_users_need_and_nothing_else(clone: Path, artefact: Path) -> None:
    with tarfile.open(artefact) as archive:
        packed = {member.name for member in archive.getmembers() if member.isfile()}
    needed = {str(path.relative_to(clone)) for folder in WHOLE_FOLDERS for path in (clone / folder).rglob("*") if path.is_file()}
    needed = {name for name in needed if not name.endswith(".pyc")} - {FOR_OUR_DOCSITE} | IN_THE_ROOT | {"changelogs/changelog.yaml"}
    assert packed - OF_GALAXY == needed


def test_installed_artifact_has_every_module_and_role(clone: Path, installed: Path) -> None:
    modules = {line.split()[0] for line in ansible("ansible-doc", "--list", "gpuops.aks", collections=installed).splitlines()}
    assert modules == {f"gpuops.aks.{path.stem}" for path in (clone / "plugins" / "modules").glob("*.py")}
    listed = ansible("ansible-doc", "--type", "role", "--list", "gpuops.aks", collections=installed).splitlines()
    roles = {line.rstrip(":") for line in listed if not line.startswith(" ")}
    assert roles == {f"gpuops.aks.{path.name}" for path in (clone / "roles").iterdir()}


def test_every_playbook_of_an_installed_artefact_can_be_run_by_its_name(clone: Path, installed: Path) -> None:
    playbooks = [f"gpuops.aks.{path.stem}" for path in sorted((clone / "playbooks").glob("*.yml"))]
    output = ansible("ansible-playbook", "--syntax-check", *playbooks, collections=installed)
    assert output.count(f"playbook: {installed}") == len(playbooks)


@pytest.mark.skipif(shutil.which("gpg") is None, reason="no gpg on this machine")
def test_signed_manifest_is_verified_as_the_guide_says(artefact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/release.md, with a key of this test's own."""
    home, keyring = tmp_path / "gpg", tmp_path / "pubring.kbx"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    with tarfile.open(artefact) as archive:
        manifest = archive.extractfile("MANIFEST.json")
        assert manifest is not None
        (tmp_path / "MANIFEST.json").write_bytes(manifest.read())
    for command in (
        ["gpg", "--batch", "--passphrase", "", "--quick-generate-key", "gpuops", "ed25519", "sign"],
        ["gpg", "--armor", "--detach-sign", "--local-user", "gpuops", "MANIFEST.json"],
        ["gpg", "--output", "gpuops-aks.pub", "--export", "gpuops"],
        ["gpg", "--no-default-keyring", "--keyring", str(keyring), "--import", "gpuops-aks.pub"],
    ):
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    collections = tmp_path / "collections"
    signed = ["--keyring", str(keyring), "--signature", f"file://{tmp_path}/MANIFEST.json.asc"]
    collections.mkdir()
    ansible("ansible-galaxy", "collection", "install", "--offline", "-p", str(collections), str(artefact), collections=collections)
    verify = ["ansible-galaxy", "collection", "verify", "gpuops.aks", "--offline", *signed]
    assert "Successfully verified" in ansible(*verify, collections=collections)
    with pytest.raises(AssertionError, match="signature"):
        ansible(*("/dev/null" if part == str(keyring) else part for part in verify), collections=collections)
    (collections / "ansible_collections" / "gpuops" / "aks" / "LICENSE").write_text("another one")
    with pytest.raises(AssertionError, match="LICENSE"):
        ansible(*verify, collections=collections)
