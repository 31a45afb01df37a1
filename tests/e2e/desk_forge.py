"""A process that has loaded the desk once and makes web processes of it, each in the state of a fresh start.

Loading takes seconds, forking milliseconds: so every test has a web process of its own, and may kill it. Lines on
standard input say `start PORT` (answered with the process id) or `stop SIGNAL` (answered with the wait status). The
end of the input ends everything. What a web process runs is the product's own `asapp_site.web`.
"""

from __future__ import annotations

import os
import runpy
import signal
import socket
import sys

import autobahn.twisted.websocket  # noqa: F401 these three: what Daphne imports, but for its reactor
import twisted.internet.ssl
import twisted.web.http  # noqa: F401
from django.template.loader import get_template
from django.urls import get_resolver

import asapp_site.asgi  # noqa: F401 loads the desk, before there is any thread or event loop
from asapp_site.supervisor.listener import listen
from asapp_site.supervisor.tied import tie

# What a killed process leaves on its port goes within moments.
PATIENCE_S = 10.0


PAGES = ("composer/desk/desk.html", "widget/chat.html", "accounts/sign_in.html")


def load() -> None:
    """What the first request would load otherwise: addresses, views and templates."""
    get_resolver()._populate()
    for page in PAGES:
        get_template(page)


def serve(listener: socket.socket) -> None:
    """Be a web process on this socket, as `asapp_site.supervisor.programs` starts one."""
    sys.argv = ["asapp_site.web", "--fd", str(listener.fileno()), "--verbosity", "0", "--no-server-name",
                "asapp_site.asgi:application"]  # fmt: skip
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    runpy.run_module("asapp_site.web", run_name="__main__", alter_sys=True)


def start(port: int) -> int:
    """Its process id. The socket listens by then: who connects is served."""
    before_serving = tie(signal.SIGKILL)
    with listen("127.0.0.1", port, patience_s=PATIENCE_S) as listener:
        child = os.fork()
        if child:
            return child
        try:
            if before_serving:
                before_serving()
            serve(listener)
        finally:
            sys.stderr.flush()
            os._exit(0)  # what the parent does at its end is the parent's to do


def stop(process: int, number: int) -> int:
    os.kill(process, number)
    return os.waitpid(process, 0)[1]


def main() -> None:
    running = 0
    for line in sys.stdin:
        word, number = line.split()
        if word == "start":
            running = answer = start(int(number))
        else:
            answer = stop(running, int(number))
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    load()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    main()
