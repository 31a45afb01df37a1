"""The ASGI application that Daphne serves."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "asapp_site.settings")

import django

django.setup()

from asapp_site.handler import SyncChainHandler

application = SyncChainHandler()
