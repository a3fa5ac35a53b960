# The HTTP server of ocr. Build: docker build -t ocr .
# Run: docker run --rm -p 127.0.0.1:8000:8000 --read-only --shm-size 1g -e OCR_TOKEN="$(openssl rand -hex 24)" ocr
FROM python:3.13-slim AS build
WORKDIR /source
COPY . .
RUN pip install --no-cache-dir --prefix /install ".[serve,docx,tables]"

FROM python:3.13-slim
COPY --from=build /install /usr/local
RUN useradd --system --no-create-home --shell /usr/sbin/nologin ocr
USER ocr
WORKDIR /
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["ocr", "serve", "--host", "0.0.0.0", "--port", "8000", "--no-config"]
