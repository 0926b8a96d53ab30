"""The package as it is published: the wheel in an environment of its own, beside the libraries the tests run on."""

from __future__ import annotations

import fcntl
import site
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str | Path, cwd: Path, timeout: float = 120, **environment: str) -> str:
    """Run a command where the repository cannot be imported; where it fails, what it said is the message."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "HOME": str(cwd), "PYTHONDONTWRITEBYTECODE": "1"} | environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, (
        f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}{done.stderr}"
    )
    return done.stdout


def install(folder: Path) -> Path:
    """Build the wheel and install it into a new environment; the environment's interpreter.

    The libraries come from the running environment by a path, whose own ``.pth`` files, an editable install among
    them, are not read.
    """
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder / "dist", ROOT]
    run(*build, cwd=folder)
    run(sys.executable, "-m", "venv", "--without-pip", folder / "environment", cwd=folder)
    python = folder / "environment" / "bin" / "python"
    own = Path(sysconfig.get_path("purelib", vars={"base": str(folder / "environment")}))
    (own / "libraries.pth").write_text(
        "\n".join(dict.fromkeys([sysconfig.get_path("purelib"), *site.getsitepackages()]))
    )
    [wheel] = (folder / "dist").glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--python", python]
    run(*pip, "install", "--no-deps", "--no-index", "--ignore-installed", wheel, cwd=folder)
    found = "from importlib.util import find_spec; print(find_spec('flask_sgsupport').origin)"
    where = run(python, "-c", found, cwd=folder)
    assert Path(where).is_relative_to(own), where
    return python


@pytest.fixture(scope="session")
def installed_python(services_folder: Path) -> Path:
    """An interpreter that has the wheel; the processes of a run share one."""
    folder = services_folder / "installed"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = folder / "ready"
        if not ready.exists():
            ready.write_text(str(install(folder)))
        return Path(ready.read_text())
