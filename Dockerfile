# syntax=docker/dockerfile:1

# The exact version, so that the same commit makes the same image. For a digest as well, build with
# --build-arg NODE_IMAGE=node:24.22.3-bookworm-slim@sha256:…
ARG NODE_IMAGE=node:24.22.3-bookworm-slim
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY sdk/client/package.json ./sdk/client/
COPY sdk/verify/package.json ./sdk/verify/
RUN npm ci --omit=dev --ignore-scripts
COPY LICENSE ./
COPY bin ./bin
COPY src ./src
COPY examples/sign-in ./examples/sign-in
# Node caches compiled code per user, so start Sigil once as the user that will run it, on temporary data.
RUN mkdir -p .cache/compiled && chown node:node .cache/compiled
USER node
RUN export SIGIL_PUBLIC_URL=http://localhost:8000 SIGIL_DATA_DIR=/tmp/warm; \
    bin/sigil start & \
    until bin/sigil healthcheck; do kill -0 $! || exit 1; sleep 0.2; done; \
    kill $! && wait $!

FROM ${NODE_IMAGE}
ENV NODE_ENV=production SIGIL_DATA_DIR=/data
# Sigil runs without a package manager, whose own dependencies would have to be patched as well.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn-* /root/.npm
RUN ln -s /app/bin/sigil /usr/local/bin/sigil && install -d -o node -g node -m 0700 /data
# Root owns the program and the warm cache, so Sigil cannot modify the code that it runs.
COPY --from=build --chown=root:root /app /app
USER node
WORKDIR /data
VOLUME /data
EXPOSE 8000
# A starting server waits up to 30 s for its database.
HEALTHCHECK --interval=10s --timeout=5s --start-period=40s --retries=3 CMD ["sigil", "healthcheck"]
ENTRYPOINT ["sigil"]
CMD ["start"]
