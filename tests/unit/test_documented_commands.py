# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command and every file of variables that the documentation shows can be copied.

Each command is parsed by the program's own parser where that is Python, and what it names must exist: playbooks, tags, variables, modules
with their arguments, plugins, roles, targets and variables of make, faults of the lab, scenarios. ELSEWHERE says of the other programs
which test or run shows that their commands work, or why none can. What is slow is run elsewhere, too: the chain by `make demo` and by
molecule, the playbooks of an installed collection by tests/integration/test_artefact.py.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.cli.adhoc import AdHocCLI
from ansible.cli.doc import DocCLI
from ansible.cli.galaxy import GalaxyCLI
from ansible.cli.inventory import InventoryCLI
from ansible.cli.playbook import PlaybookCLI
from ansible.cli.vault import VaultCLI
from ansible_collections.gpuops.aks.plugins.module_utils._core.chain.variables import SETTABLE, variable_refusals

from .plugins.tasks import task_parameters

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted(
    [
        *REPOSITORY.glob("*.md"),
        *(REPOSITORY / "docs").glob("*.md"),
        *(REPOSITORY / "roles").glob("*/README.md"),
        *(REPOSITORY / "tests").rglob("*.md"),
        *(REPOSITORY / ".github" / "ISSUE_TEMPLATE").glob("*.yml"),
    ]
)
ELSEWHERE: Mapping[str, str] = {
    "ansible-builder": "`create` runs in make lint; `build` needs a container engine",
    "ansible-navigator": "needs a container engine; its settings: tests/unit/test_execution_environment.py",
    "antsibull-changelog": "make lint",
    "az": "make conformance; the pages from-az.md and migration.md show what others run",
    "gh": "needs GitHub",
    "git": "needs a remote repository, or writes a tag",
    "gpg": "tests/integration/test_artefact.py, with a key of its own",
    "helm": "tests/integration/playbooks/test_gpu_operator.py",
    "kubectl": "make conformance",
    "pre-commit": "needs the hooks of a clone; its commands are those of make lint",
    "sha256sum": "tests/unit/test_release_files.py writes what it reads",
    "terraform": "not a requirement of the tests; tests/integration/playbooks/test_adoption.py takes over what it makes",
    "apt-get": "the system's",
    "cp": "the system's",
    "mkdir": "the system's",
    "kubelogin": "tests/integration/playbooks/test_entra.py stands in for it",
}
SHELL = {".", "export", "cd"}
TAGS = {path.stem for path in (REPOSITORY / "playbooks").glob("*.yml")}
_BLOCK = re.compile(r"^( *)```(?:console|bash|shell)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_INDENTED = re.compile(r"^ {12}(ansible-playbook [^\n]*)$", re.MULTILINE)
_INLINE = re.compile(r"(?<!`)`((?:[A-Z_]+=\S+ )*(?:make|ansible[a-z-]*|python -m|molecule|pip) [^`\n]+)`(?!`)")
_YAML = re.compile(r"^( *)```yaml\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_ENDS = {"&&", "||", ";", "|", "&"}
_PLACEHOLDER = re.compile(r"…|\.\.\.|<\w+>")


def lines(block: str) -> Iterator[str]:
    """The commands of a block: a line that ends in a backslash or within quotes goes on."""
    whole = ""
    for line in block.splitlines():
        whole += line
        if whole.endswith("\\"):
            whole = whole[:-1]
        elif whole.count("'") % 2:
            whole += "\n"
        else:
            yield whole.strip()
            whole = ""


def simple_commands(line: str) -> Iterator[list[str]]:
    """The words of each command of a line, without variables in front, redirections and comments."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="&|;<>")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if word not in _ENDS:
            words.append(word)
            continue
        if ">" in words:
            words = words[: words.index(">")]
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words = words[1:]
        if words:
            yield words
        words = []


def shown(page: Path) -> list[str]:
    """The lines of a page's blocks, and the commands within its text."""
    text = page.read_text()
    blocks = [block for _indentation, block in _BLOCK.findall(text)] + (_INDENTED.findall(text) if page.suffix == ".yml" else [])
    in_text = _INLINE.findall(_BLOCK.sub("", text))
    found = [*(line for block in blocks for line in lines(block)), *(line for line in in_text if not _PLACEHOLDER.search(line))]
    return [*dict.fromkeys(found)]


def commands() -> Iterator[Any]:
    for page in PAGES:
        for line in shown(page):
            for words in simple_commands(line):
                yield pytest.param(words, id=f"{page.relative_to(REPOSITORY)}: {' '.join(words)[:90]}")


def parsed(cli: type, words: Sequence[str]) -> Any:
    """The options as the program itself understands them. Raises SystemExit, as it does."""
    program = cli([*words])
    program.init_parser()
    return program.parser.parse_args([*words[1:]])


def variables(extra: str) -> list[str]:
    """The names that an --extra-vars sets; those of a file are in the file."""
    if extra.startswith("@"):
        return []
    return [*json.loads(extra)] if extra.startswith("{") else [part.split("=")[0] for part in shlex.split(extra)]


def check_playbook(words: Sequence[str]) -> None:
    options = parsed(PlaybookCLI, words)
    for name in options.args:
        path = f"playbooks/{name.removeprefix('gpuops.aks.')}.yml" if name.startswith("gpuops.aks.") else name
        assert (REPOSITORY / path).exists() or name in EXAMPLES_OF_USERS, f"there is no playbook {name}"
    names = [name for extra in options.extra_vars for name in variables(extra)]
    assert list(variable_refusals(names, {})) == []
    tags = {tag for group in [*(options.tags or []), *(options.skip_tags or [])] for tag in group.split(",")}
    assert tags <= TAGS, "there is no such tag"


def check_adhoc(words: Sequence[str]) -> None:
    options = parsed(AdHocCLI, words)
    module = import_module(f"ansible_collections.{options.module_name.replace('aks.', 'aks.plugins.modules.')}")
    assert task_parameters(module.OPERATION, json.loads(options.module_args))


def check_doc(words: Sequence[str]) -> None:
    options = parsed(DocCLI, words)
    folder = {"module": "plugins/modules", "role": "roles"}.get(options.type, f"plugins/{options.type}")
    for name in options.args:
        short = name.removeprefix("gpuops.aks.")
        found = [*(REPOSITORY / folder).glob(short), *(REPOSITORY / folder).glob(f"{short}.py")]
        assert found or name in ("gpuops.aks",), f"there is no {options.type} {name}"


def check_make(words: Sequence[str]) -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    for word in words[1:]:
        name, is_variable, _value = word.partition("=")
        pattern = rf"\b{name}\b" if is_variable else rf"^{re.escape(name)}:"
        assert re.search(pattern, makefile, re.MULTILINE), f"the Makefile has no {name}"


def check_python(words: Sequence[str]) -> None:
    assert words[1] in ("-m", "-c")
    if words[1:3] == ["-m", "venv"] or words[1] == "-c":
        return
    module = words[2]
    assert find_spec(module) is not None, f"there is no module {module}"
    if module == "tests.lab" and words[3:4] == ["fault"] and len(words) > 4:
        faults = "".join(path.read_text() for path in (REPOSITORY / "tests" / "lab").rglob("*fault*/*.py"))
        faults += (REPOSITORY / "tests" / "lab" / "device_faults.py").read_text()
        assert f'"{words[4]}"' in faults, f"the lab has no fault {words[4]}"


def check_molecule(words: Sequence[str]) -> None:
    scenarios = {path.name for path in (REPOSITORY / "molecule").iterdir() if path.is_dir()}
    named = {word for option, word in pairwise(words) if option in ("-s", "--scenario-name")}
    assert named <= scenarios | EXAMPLES_OF_USERS


def check_pip(words: Sequence[str]) -> None:
    for option, path in pairwise(words):
        if option == "-r":
            assert (REPOSITORY / path.rpartition("gpuops/aks/")[2]).exists(), f"the collection has no {path}"


# What a page tells its reader to write.
EXAMPLES_OF_USERS = {"smoke.yml", "spot"}
CHECKS: Mapping[str, Callable[[Sequence[str]], None]] = {
    "ansible": check_adhoc,
    "ansible-doc": check_doc,
    "ansible-galaxy": lambda words: parsed(GalaxyCLI, words) and None,
    "ansible-inventory": lambda words: parsed(InventoryCLI, words) and None,
    "ansible-playbook": check_playbook,
    "ansible-vault": lambda words: parsed(VaultCLI, words) and None,
    "make": check_make,
    "molecule": check_molecule,
    "pip": check_pip,
    "python": check_python,
    "python3": check_python,
}
COMMANDS = list(commands())


@pytest.mark.parametrize("words", COMMANDS)
def test_documented_command_names_what_exists(words: list[str]) -> None:
    program = words[0].rpartition("/")[2] if words[0] != "." else words[0]
    assert program in {*CHECKS, *ELSEWHERE, *SHELL}, "say in ELSEWHERE what shows that this works, or why nothing can"
    CHECKS.get(program, lambda _words: None)(words)


def test_every_program_that_is_shown_elsewhere_is_documented() -> None:
    programs = {case.values[0][0].rpartition("/")[2] for case in COMMANDS}
    assert {"ansible-playbook", "make", "ansible-galaxy"} <= programs
    for reason in ELSEWHERE.values():
        assert [name for name in re.findall(r"tests/[\w/.]+\.py", reason) if not (REPOSITORY / name).exists()] == []


def files_of_variables() -> Iterator[Any]:
    for page in PAGES:
        for number, (_indentation, block) in enumerate(_YAML.findall(page.read_text())):
            for text in yaml.safe_load_all(block):
                if isinstance(text, dict) and SETTABLE & {*text}:
                    yield pytest.param(text, id=f"{page.relative_to(REPOSITORY)}: {number}")


@pytest.mark.parametrize("shown", list(files_of_variables()))
def test_documented_variables_exist(shown: dict[str, Any]) -> None:
    assert list(variable_refusals([*shown], {})) == []
