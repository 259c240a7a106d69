"""Command line of the throw-away cluster; see ``cluster``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tests.databases import cluster


def main() -> int:
    """Start, stop, or run a command beside a running cluster; the command's exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.databases", description=cluster.__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("start", "stop"):
        verbs.add_parser(verb).add_argument("folder", type=Path)
    run = verbs.add_parser("run")
    run.add_argument("--durable", action="store_true")
    run.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    if given.verb == "stop":
        cluster.Cluster(given.folder.resolve()).stop()
        return 0
    if given.verb == "start":
        print(cluster.Cluster(given.folder.resolve()).start().address())
        return 0
    cluster.leave_on_signals()
    command = given.command[1:] if given.command[:1] == ["--"] else given.command
    with cluster.throw_away(durable=given.durable) as server:
        address = server.create_database("bihuan")
        return subprocess.run(command, env={**os.environ, "BIHUAN_DATABASE": address}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
