"""The ASGI application for any ASGI server."""

import os
import warnings

from django.core.asgi import get_asgi_application

from portal.ingestion.asgi import LimitedDeliveries

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

# Files and static files are sent by synchronous code; Django reads them in a thread and warns at each one.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

application = LimitedDeliveries(get_asgi_application())
