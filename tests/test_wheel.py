"""What is published works where nothing else is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROOF = Path(__file__).resolve().parent.parent / "scripts" / "wheel_proof.py"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_wheel_installs_alone_and_opens_a_ticket() -> None:
    command = [sys.executable, PROOF, "--python", sys.executable]
    proof = subprocess.run(command, capture_output=True, text=True, check=False)
    assert proof.returncode == 0, proof.stderr
    assert "TKT-" in proof.stdout
