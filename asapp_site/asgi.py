"""The ASGI application that Daphne serves."""

import gc
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "asapp_site.settings")
django.setup()

# What follows needs the apps to be set up.
from channels.routing import ProtocolTypeRouter  # noqa: E402

from api.fast_path import FastPathMiddleware  # noqa: E402
from asapp_site.handler import SyncChainHandler  # noqa: E402
from asapp_site.proxy import BehindProxies  # noqa: E402
from asapp_site.routing import websockets  # noqa: E402
from composer.suggestions.checks import warm_up  # noqa: E402

# The dictionaries are millions of objects that never die. Left to the garbage collector, each of its full
# rounds walks them all and holds every keystroke up for most of a second (p99 954 ms, measured; 63 ms without).
gc.disable()
warm_up()
gc.freeze()
gc.enable()

# Engines and contexts are built in threads beside the event loop, which asks for the interpreter several times for each
# keystroke. At Python's 5 ms a turn those add up: p99 1,300 ms while a model is taken (benchmarks/suggestions_swap.py).
sys.setswitchinterval(0.0003)

application = BehindProxies(
    ProtocolTypeRouter({"http": FastPathMiddleware(SyncChainHandler()), "websocket": websockets})
)
