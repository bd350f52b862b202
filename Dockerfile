FROM python:3.11-slim-bookworm
# The packages of script/run, and pg_dump and pg_restore for `manage.py backup` and `restore`.
RUN apt-get update && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 gettext postgresql-client \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
# A new volume takes the owner of the folder it is mounted on: uploads and backups are written by crm.
RUN msgfmt -o locale/zh_Hans/LC_MESSAGES/django.mo locale/zh_Hans/LC_MESSAGES/django.po \
    && useradd --create-home crm && install -d -o crm -g crm /data /data/media /data/backups
USER crm
ENV VAR_DIR=/data PYTHONUNBUFFERED=1
RUN python manage.py collectstatic --noinput -v0
EXPOSE 8000
CMD ["gunicorn", "keyaccounts.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4"]
