"""Exits with 0 where this container's application can serve. For HEALTHCHECK, where there is no curl."""

import os
import sys
import urllib.error
import urllib.request

try:
    urllib.request.urlopen(f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/readyz", timeout=5).close()
except (OSError, urllib.error.URLError) as error:
    sys.exit(str(error))
