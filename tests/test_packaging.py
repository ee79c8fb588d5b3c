"""The wheel, installed away from the repository, and the files that describe a container and CI."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("bot", "corpus", "prompts", "retrieval")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, since setuptools leaves its traces in the folder it builds from."""
    source = tmp_path_factory.mktemp("source")
    for room in ROOMS:
        ignored = shutil.ignore_patterns("__pycache__", "written")
        shutil.copytree(ROOT / room, source / room, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    built = tmp_path_factory.mktemp("built")
    build = ["-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run(
        [sys.executable, *build, "--wheel-dir", built, source], check=True, capture_output=True
    )
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a fresh environment with the wheel; its dependencies are this one's."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    scripts = Path(sysconfig.get_path("scripts", "venv", {"base": str(folder)}))
    python = scripts / "python"
    install = ["-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "--quiet"]
    subprocess.run([sys.executable, *install, wheel], check=True)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder)}))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return scripts


def test_the_wheel_holds_what_the_program_reads(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    shipped = [
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*"))
        if path.is_file() and path.suffix in {".md", ".json", ".onnx"}
    ]
    wanted = [name for name in shipped if "/training/" not in name]
    assert sum(name.startswith("corpus/starter/") for name in wanted) > 90
    assert sum(name.endswith(".onnx") for name in wanted) >= 2
    assert set(wanted) <= set(names)
    assert any(re.match(r"corpus/migrations/versions/v\d+_", name) for name in names)
    assert any(re.match(r"bot/migrations/versions/v\d+_", name) for name in names)


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    for name in zipfile.ZipFile(wheel).namelist():
        assert name.startswith(ROOMS) or ".dist-info/" in name
        assert "/training/" not in name


def test_it_checks_a_claim_from_site_packages(installed: Path, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG"}}
    done = subprocess.run(
        [installed / "receipts", "check", "DeepSeek cost $5.5M", "--json"],
        cwd=tmp_path,
        env=kept | {"RECEIPTS_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (verdict,) = json.loads(done.stdout)["verdicts"]
    assert verdict["corpus"]["sources"] > 90
    assert verdict["citations"]
    assert "Traceback" not in done.stderr


def lines_of(name: str) -> list[str]:
    """A file's logical lines, without comments."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]


def test_the_container_file_refers_to_what_exists() -> None:
    lines = [line.partition(" ") for line in lines_of("Dockerfile")]
    ignored = set(lines_of(".dockerignore"))
    known = {"FROM", "ENV", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "HEALTHCHECK", "CMD"}
    assert {word for word, _, _ in lines} <= known
    for word, _, rest in lines:
        if word == "COPY" and not rest.startswith("--from"):
            for source in shlex.split(rest)[:-1]:
                assert (ROOT / source).exists()
                assert f"!{source}" in ignored
        if word == "RUN":
            subprocess.run(["sh", "-n", "-c", rest], check=True)


def test_the_container_runs_commands_that_exist_and_never_as_root(installed: Path) -> None:
    lines = lines_of("Dockerfile")
    arrays = [json.loads(line[line.index("[") :]) for line in lines if "CMD [" in line]
    assert arrays == [["receipts", "doctor", "--alive"], ["receipts", "run"]]
    for words in arrays:
        subprocess.run(
            [installed / words[0], *words[1:], "--help"], check=True, capture_output=True
        )
    users = [line.split()[1] for line in lines if line.startswith("USER")]
    assert users
    assert not users[-1].startswith(("0", "root"))


def test_the_locks_pin_every_package_by_hash() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        pins = re.findall(r"^([a-z0-9._-]+)==\S+.*?((?:\n    --hash=\S+.*)+)", text, re.M)
        assert len(pins) == len(re.findall(r"^[a-z0-9]", text, re.M))
        assert "://" not in text


def test_the_lock_covers_what_the_project_declares() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {"requirements.txt": project["dependencies"]}
    declared["requirements-dev.txt"] = [
        *project["dependencies"],
        *project["optional-dependencies"]["dev"],
    ]
    for name, requirements in declared.items():
        pinned = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / name).read_text("utf-8"), re.M))
        names = {re.match(r"[\w.-]+", line)[0] for line in requirements}  # type: ignore[index]
        assert {re.sub(r"[._-]+", "-", wanted).lower() for wanted in names} <= pinned


def test_ci_runs_the_line_that_the_readme_shows() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    pattern = re.search(r"grep -E '([^']+)' README\.md", script)
    assert pattern
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = [line for line in readme.splitlines() if re.search(pattern[1], line)]
    assert len(found) == 1
    assert found[0].endswith("pytest -n 2")
    subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=True)
    subprocess.run(["sh", "-n", "-c", found[0]], check=True)


def test_what_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # What the extra brings is looked for before it is used, and its absence told.
    lines = [*project["dependencies"], *project["optional-dependencies"]["screenshots"]]
    declared = {re.split(r"[^\w.-]", line)[0].lower() for line in lines}
    names = {
        "discord": "discord.py",
        "docx": "python-docx",
        "opentelemetry": "opentelemetry-api",
        "PIL": "pillow",
        "yaml": "pyyaml",
    }
    imported = {
        name.split(".")[0]
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "training" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _imports(node)
    }
    foreign = imported - set(sys.stdlib_module_names) - set(ROOMS)
    wanted = {names.get(name, name).replace("_", "-").lower() for name in foreign}
    assert wanted <= declared


def _imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module]
    return []
