"""Node.js packages that set-up fetches to compare with: files of age's kit, and age itself."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(sys.prefix) / "node"

needs_node = pytest.mark.skipif(
    shutil.which("node") is None or not (FOLDER / "node_modules" / "age-encryption").is_dir(),
    reason="Node.js or its packages are not here: `packaging/setup/prepare test` fetches them",
)


def run(script: str, **given: Any) -> Any:
    """Run a script that has `given` as its input, and prints its answer as JSON."""
    read = "import {readFileSync} from 'fs'; const given = JSON.parse(readFileSync(0, 'utf8'));"
    command = ["node", "--input-type=module", "--eval", f"{read}\n{script}"]
    ended = subprocess.run(
        command,
        cwd=FOLDER,
        input=json.dumps(given),
        capture_output=True,
        check=True,
        timeout=120,
        text=True,
    )
    return json.loads(ended.stdout)
