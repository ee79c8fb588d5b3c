# docker build -t receipts .
# docker run --read-only --tmpfs /tmp --env-file .env --volume receipts:/data receipts
#
# Everything the bot writes goes to /data; with --read-only, /tmp must be a tmpfs.

FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/receipts
WORKDIR /src
COPY requirements.txt ./
RUN /opt/receipts/bin/pip install --require-hashes --requirement requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY corpus corpus
COPY prompts prompts
COPY retrieval retrieval
RUN /opt/receipts/bin/pip install --no-deps .

FROM python:3.12-slim
RUN groupadd --gid 10001 receipts \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home receipts \
    && install --directory --owner 10001 --group 10001 --mode 0700 /data
COPY --from=build /opt/receipts /opt/receipts
ENV PATH=/opt/receipts/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    RECEIPTS_HOME=/data \
    RECEIPTS_HTTP_HOST=0.0.0.0
USER 10001:10001
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=60s --timeout=15s --start-period=120s --retries=3 \
    CMD ["receipts", "doctor", "--alive"]
CMD ["receipts", "run"]
