# One image a deployable:
#   docker build --build-arg SERVICE=scoring .                   (feature, scoring, explain, drift)
#   docker build --build-arg SERVICE=gateway --target gateway .
#   docker build --build-arg SERVICE=trainer --target trainer .

FROM python:3.11.15-slim-trixie AS build
ARG SERVICE
WORKDIR /build
COPY pyproject.toml requirements.lock ./
# The installer too comes from the lock: nothing is installed unchecked.
RUN sed -n '/^uv==/,/# via/p' requirements.lock | pip install --no-cache-dir --require-hashes --requirement /dev/stdin
# What the extra needs, of the lock's versions and with its hashes; wheels only, so there is no compiler.
RUN python -m venv --without-pip /opt/venv && uv pip install --python /opt/venv --no-cache --no-build --compile-bytecode \
    --require-hashes --requirement pyproject.toml --extra "${SERVICE:?}" --constraint requirements.lock

FROM python:3.11.15-slim-trixie AS runtime
# A new volume takes the owner of the folder that it is mounted on.
RUN python -m pip uninstall --yes --quiet --root-user-action=ignore pip setuptools wheel \
    && rm -r /usr/local/lib/python3.11/ensurepip \
    && install --directory --owner=10001 --group=10001 /var/lib/creditrisk
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
# ONNX Runtime would otherwise keep a device id and events for its maker in the home folder.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    ORT_DISABLE_TELEMETRY=1 \
    HOST=0.0.0.0 \
    BUNDLE_STORE=/var/lib/creditrisk/bundles
STOPSIGNAL SIGTERM
ARG SERVICE
LABEL org.opencontainers.image.title="creditrisk-${SERVICE}" \
    org.opencontainers.image.description="Credit decisions as gRPC services: ${SERVICE}" \
    org.opencontainers.image.licenses="Apache-2.0"

FROM runtime AS trainer
# LightGBM links to it.
RUN apt-get update && apt-get install --yes --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
COPY creditrisk creditrisk
COPY trainer trainer
RUN python -m compileall -q --invalidation-mode unchecked-hash .
ENV CREDITRISK_HOME=/var/lib/creditrisk
USER 10001:10001
ENTRYPOINT ["python", "-m", "trainer"]

FROM runtime AS gateway
COPY creditrisk creditrisk
COPY gateway gateway
RUN python -m compileall -q --invalidation-mode unchecked-hash .
USER 10001:10001
# No HEALTHCHECK: who runs the image asks /healthz.
ENTRYPOINT ["python", "-m", "gateway"]

FROM runtime AS service
ARG SERVICE
COPY creditrisk creditrisk
COPY services/__init__.py services/
COPY services/${SERVICE} services/${SERVICE}
RUN python -m compileall -q --invalidation-mode unchecked-hash .
ENV SERVICE=${SERVICE}
USER 10001:10001
# No HEALTHCHECK: who runs the image asks gRPC health, as compose.yaml does, and Kubernetes by itself.
# The shell is replaced: Python is process 1 and gets the signals.
ENTRYPOINT ["sh", "-c", "exec python -m \"services.$SERVICE\""]
