"""The ASGI application that Daphne serves."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "asapp_site.settings")
django.setup()

# What follows needs the apps to be set up.
from channels.routing import ProtocolTypeRouter  # noqa: E402

from api.front import KeystrokeFront  # noqa: E402
from asapp_site.handler import SyncChainHandler  # noqa: E402
from composer.engines import warm_up  # noqa: E402

warm_up()

application = ProtocolTypeRouter({"http": KeystrokeFront(SyncChainHandler())})
