"""Prove that what is published works: build it, look inside, install it in an empty environment, open a ticket.

    python scripts/wheel_proof.py [--python INTERPRETER ...]

Without ``--python`` every interpreter of at least 3.11 found on the machine is tried.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "flask_sgsupport"
HOST = ROOT / "tests" / "hosts" / "wheel_host.py"
MUST_HAVE = ("templates", "static", "translations/de/LC_MESSAGES/sgsupport.mo", "migrations", "py.typed")


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """Run a command; where it fails, its output is the message."""
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, timeout=900, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def build(folder: Path) -> tuple[Path, Path]:
    """Build both distributions, the wheel from the source distribution as an index would."""
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder)
    return next(folder.glob("*.whl")), next(folder.glob("*.tar.gz"))


def package_files() -> set[str]:
    """Every file of the package that git has or would take."""
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "--", PACKAGE)
    return {name for name in listed.splitlines() if (ROOT / name).is_file()}


def inspect(wheel: Path, sdist: Path) -> list[str]:
    """What is wrong with the contents, a line each."""
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = set(archive.namelist())
    with tarfile.open(sdist) as archive:
        in_sdist = {name.partition("/")[2] for name in archive.getnames()}
    expected = package_files()
    complaints = [f"the package has no {part}" for part in MUST_HAVE if not _holds(expected, part)]
    for kind, contents in (("wheel", in_wheel), ("source distribution", in_sdist)):
        complaints += [f"the {kind} lacks {name}" for name in sorted(expected - contents)]
    strays = {name.split("/")[0] for name in in_wheel} - {PACKAGE}
    complaints += [f"the wheel would install {name}" for name in sorted(strays) if not name.endswith(".dist-info")]
    return complaints


def _holds(names: set[str], part: str) -> bool:
    return any(name == f"{PACKAGE}/{part}" or name.startswith(f"{PACKAGE}/{part}/") for name in names)


def interpreters() -> list[str]:
    """The machine's interpreters, one for each release."""
    return run("sh", ROOT / "scripts" / "find_pythons.sh").split()


def open_a_ticket(interpreter: str, wheel: Path, folder: Path) -> str:
    """Install the wheel where nothing else is and run a host application on it; its last line of output."""
    environment = folder / "environment"
    run(interpreter, "-m", "venv", environment)
    python = environment / "bin" / "python"
    run(python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", wheel)
    run(python, "-m", "pip", "--disable-pip-version-check", "check")
    # A copy, run in isolation: the repository must not be importable.
    host = shutil.copy(HOST, folder / "host.py")
    return run(python, "-I", "-W", "error", host, cwd=folder).splitlines()[-1]


def main() -> None:
    """Carry the proof out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append", help="an interpreter to try; may be given several times")
    chosen = parser.parse_args().python or interpreters()
    with tempfile.TemporaryDirectory(prefix="sgsupport-wheel-") as temporary:
        folder = Path(temporary)
        wheel, sdist = build(folder)
        if complaints := inspect(wheel, sdist):
            sys.exit("\n".join(complaints))
        print(f"{wheel.name} and {sdist.name} hold every file of the package")
        for place, interpreter in enumerate(chosen):
            (folder / str(place)).mkdir()
            said = open_a_ticket(interpreter, wheel, folder / str(place))
            print(f"{run(interpreter, '--version').strip()}: {said}")


if __name__ == "__main__":
    main()
