# syntax=docker/dockerfile:1

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY sdk/verify/package.json ./sdk/verify/
RUN npm ci --omit=dev --ignore-scripts
COPY LICENSE ./
COPY bin ./bin
COPY src ./src
# Node caches compiled code per user, so start Sigil once as the user that will run it, on temporary data.
RUN mkdir -p .cache/compiled && chown node:node .cache/compiled
USER node
RUN export SIGIL_PUBLIC_URL=http://localhost:8000 SIGIL_DATA_DIR=/tmp/warm; \
    bin/sigil start & \
    until bin/sigil healthcheck; do kill -0 $! || exit 1; sleep 0.2; done; \
    kill $! && wait $!

FROM node:24-bookworm-slim
ENV NODE_ENV=production SIGIL_DATA_DIR=/data
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
