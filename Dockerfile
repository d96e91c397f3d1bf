# One image for web, worker and beat; LibreOffice turns letters into PDF in the worker.
FROM node:22-slim AS bundles
WORKDIR /app/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN node build.mjs

FROM python:3.13-slim
RUN apt-get update && apt-get install -y --no-install-recommends libreoffice-writer fonts-liberation && rm -rf /var/lib/apt/lists/*
RUN pip install --no-cache-dir uv && useradd --create-home --uid 10001 mskp && mkdir -p /data/berkas && chown mskp /data/berkas
WORKDIR /app
COPY requirements.lock ./
RUN uv pip install --system --no-cache --require-hashes -r requirements.lock
COPY . .
COPY --from=bundles /app/backend/web/static/web/dist backend/web/static/web/dist
RUN SECRET_KEY=build STATIC_ROOT=/app/static python manage.py collectstatic --noinput
ENV STATIC_ROOT=/app/static PYTHONUNBUFFERED=1
USER mskp
CMD ["python", "manage.py", "serve", "web", "--host", "0.0.0.0"]
