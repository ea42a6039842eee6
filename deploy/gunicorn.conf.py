"""How the application is served. Every value can be changed from the environment."""

import os
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.urls import get_resolver
from environ import Env

import database
from academy import configuration, start
from database.server_files import EmbeddedError

env = Env()
try:
    configuration.refuse_wrong()
    database.local_secret(env)  # made here, where a folder that can't be written is told in a sentence
except ImproperlyConfigured as error:
    sys.exit(str(error))
except OSError as error:
    sys.exit(database.in_the_way(error))

for warning in configuration.warnings():
    print(f"Warning: {warning}", file=sys.stderr)

wsgi_app = "academy.wsgi"
host = env.str("HOST", default="127.0.0.1")
bind = f"{f'[{host}]' if ':' in host else host}:{env.int('PORT', default=8000)}"
workers = env.int("WEB_CONCURRENCY", default=2)
# A slow client holds no thread: web/worker.py.
worker_class = "web.worker.BufferingWorker"
worker_connections = 512
threads = env.int("WEB_THREADS", default=4)
# Not preloaded: each worker opens database connections of its own, and none crosses a fork.
preload_app = False
reload = env.bool("DEBUG", default=False)

timeout = env.int("WEB_TIMEOUT", default=60)
graceful_timeout = 25
keepalive = 5
max_requests = env.int("WEB_MAX_REQUESTS", default=0)
max_requests_jitter = max_requests // 10

limit_request_line = 8190
forwarded_allow_ips = env.str("FORWARDED_ALLOW_IPS", default="127.0.0.1,::1")
# The heartbeat of the workers must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
control_socket_disable = True

accesslog = "-" if env.bool("ACCESS_LOG", default=False) else None
logger_class = "web.gunicorn_log.ServerLogger"
loglevel = env.str("LOG_LEVEL", default="warning").lower()


def on_starting(server):
    """Hold the embedded database, where there is one, as long as the server runs; see what else serving needs."""
    try:
        database.start(env, keep=True)
        configuration.refuse(start.problems(env))
        for warning in start.warnings(env):
            server.log.warning("%s", warning)
    except (ImproperlyConfigured, EmbeddedError, database.DatabaseSetupError) as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(database.in_the_way(error))


def post_worker_init(worker):
    """Load what loads late, and say once that pages can be had."""
    # gunicorn would refuse what comes without it, as a probe of /healthz. The settings have read it: academy.wsgi.
    os.environ.pop("SCRIPT_NAME", None)
    get_resolver().url_patterns  # noqa: B018  loads every view, form and filter
    greeting = os.environ.get("ACADEMY_GREETING")
    if greeting and worker.age == 1:
        print(greeting, flush=True)
