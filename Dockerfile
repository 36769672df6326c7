# The image of the action. GitHub builds it from this file, or runs the published one.
#
# What GitHub asks of it: root (no USER), no WORKDIR (the runner sets /github/workspace), an exec-form entry point, because
# a shell in between loses the inputs with a hyphen in their name.

# python:3.13-slim, Debian 13; the digest is that of the index, so every architecture is the same release (Python 3.13.15).
FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS base

# The wheel is built apart: what builds it stays out of the image.
FROM base AS wheel
COPY .ci/requirements-build.txt /src/.ci/
RUN pip install --no-cache-dir --root-user-action=ignore --require-hashes -r /src/.ci/requirements-build.txt
COPY pyproject.toml README.md LICENSE /src/
COPY codex_action /src/codex_action
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels /src

FROM base
# Modules are looked for where this image put them and nowhere else: not in the working directory, which is the checkout
# of a pull request, and not in $HOME, which earlier steps of the job could write to.
ENV PYTHONSAFEPATH=1 PYTHONNOUSERSITE=1
# Debian keeps one version of a package at a time: pinned ones would break the build with the next security fix.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates git \
 && rm -rf /var/lib/apt/lists/*
COPY .ci/requirements.txt /usr/local/share/codex-action/
RUN pip install --no-cache-dir --root-user-action=ignore --require-hashes -r /usr/local/share/codex-action/requirements.txt
COPY --from=wheel /wheels /usr/local/share/codex-action
RUN pip install --no-cache-dir --root-user-action=ignore --no-index --no-deps /usr/local/share/codex-action/*.whl

ENTRYPOINT ["/usr/local/bin/codex-action-run"]
