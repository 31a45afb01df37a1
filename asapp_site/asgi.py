"""The ASGI application that Daphne serves."""

import gc
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "asapp_site.settings")
django.setup()

# These imports need the apps to be set up.
from channels.routing import ProtocolTypeRouter  # noqa: E402

from api.fast_path import FastPathMiddleware  # noqa: E402
from asapp_site.handler import SyncChainHandler  # noqa: E402
from asapp_site.proxy import ProxyHeadersMiddleware  # noqa: E402
from asapp_site.routing import websockets  # noqa: E402
from composer.suggestions.checks import warm_up  # noqa: E402

# The dictionaries are millions of objects that are never freed. Without the freeze, each full garbage collection visits
# them all and delays every keystroke by most of a second (p99 954 ms, measured; 63 ms with it).
gc.disable()
warm_up()
gc.freeze()
gc.enable()
# A full collection stops the process for 0.1 to 0.7 s where a thousand sockets are open. With Python's own thresholds
# there is one every few seconds under load, and the p99 of a message's way is its length. What waits is a few MB.
gc.set_threshold(10_000, 20, 50)

# Engines and contexts are built in threads beside the event loop, which needs the interpreter several times for each
# keystroke. With Python's switch interval of 5 ms the waits add up: p99 1,300 ms while a new model is loaded
# (benchmarks/suggestions_swap.py).
sys.setswitchinterval(0.0003)

application = ProxyHeadersMiddleware(
    ProtocolTypeRouter({"http": FastPathMiddleware(SyncChainHandler()), "websocket": websockets})
)
