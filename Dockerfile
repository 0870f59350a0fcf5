# Debian-based: the embedded ClickHouse and the codecs need glibc.
FROM node:20.20.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY operators operators
COPY jobs jobs
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts
# --build-arg EMBEDDED=false leaves the embedded ClickHouse out, for set-ups that have a server: half a gigabyte less.
ARG EMBEDDED=true
RUN if [ "$EMBEDDED" = false ]; then rm -rf node_modules/@chdb; fi

FROM node:20.20.2-bookworm-slim
ENV NODE_ENV=production
COPY --from=build /app/package.json /app/package.json
COPY --from=build /app/node_modules /app/node_modules
COPY --from=build /app/dist /app/dist
RUN mkdir /data && chown node:node /data
USER node
WORKDIR /data
VOLUME /data
EXPOSE 8889 4318
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8889/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--disable-proto=delete", "/app/dist/src/cli.js"]
CMD ["start"]
