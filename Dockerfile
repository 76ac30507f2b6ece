# The daemon, for docker-compose.yml or a registry of your own. Everything is bundled: the last stage has
# node, dist/, sql/ and the launcher, and no node_modules.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --include=dev --no-audit --no-fund
COPY bin bin
COPY cli cli
COPY daemon daemon
COPY scripts scripts
COPY shared shared
COPY sql sql
RUN node scripts/build.mjs && rm -r dist/meta dist/*.map

FROM node:24.21.0-bookworm-slim
# A volume takes over who owns this directory.
RUN install -d -o node -g node -m 700 /var/lib/c2a && ln -s /app/bin/c2a /usr/local/bin/c2a
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/bin bin
COPY --from=build /app/dist dist
COPY --from=build /app/sql sql
ENV C2A_HOME=/var/lib/c2a
USER node
VOLUME /var/lib/c2a
EXPOSE 3001
# Over its socket, which is there whatever it listens on. Not /api/ready: a daemon whose database is away
# is well, and no better for being started again.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
  CMD ["node", "-e", "require('node:http').get({ socketPath: process.env.C2A_HOME + '/c2a.sock', path: '/api/health' }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
# Inside, `c2a` is a client of this very daemon: docker compose exec daemon c2a sessions list
ENTRYPOINT ["node", "/app/bin/c2a"]
CMD ["daemon", "run"]
