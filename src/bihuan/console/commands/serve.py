"""``bihuan serve``: the web server and, beside it, the worker."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bihuan.console import place, processes
from bihuan.console.problem import Problem
from bihuan.console.words import _


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The parser of ``serve``."""
    serve = commands.add_parser("serve", help=_("serve the web pages and run the worker"))
    serve.add_argument("--data", type=Path, help=_("data folder (default: BIHUAN_DATA, else ./bihuan-data)"))
    serve.add_argument("--host", default="127.0.0.1", help=_("address to listen on (default: 127.0.0.1)"))
    serve.add_argument("--port", type=int, default=8000, help=_("port to listen on (default: 8000)"))
    serve.add_argument("--workers", type=int, default=2, help=_("web processes (default: 2)"))
    serve.add_argument("--no-work", action="store_true", help=_("without the worker: “bihuan work” runs elsewhere"))
    serve.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    place.use(args.data)
    place.ready()
    place.not_moved()
    return serve(args.host, args.port, args.workers, work=not args.no_work)


def serve(host: str, port: int, workers: int, *, work: bool) -> int:
    """Web processes and worker until told to stop; one process alone where the SQLite build allows no more."""
    if processes.is_taken(host, port):
        raise Problem(_("Port %s is in use; choose another with --port.") % port)
    build = place.engine_build()
    if build is not None and not build.several_processes_allowed():
        print(
            _("WARNING: this SQLite build can corrupt a file that several processes open; one web process, no worker."),
            file=sys.stderr,
        )
        return processes.run_together([processes.web_command(host, port, 1)])
    commands = [processes.web_command(host, port, workers)]
    if work:
        commands.append(processes.worker_command())
    return processes.run_together(commands)
