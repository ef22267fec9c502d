FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# On this Node every native package comes compiled, so no package runs a script and there is no compiler.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY src ./src
COPY scripts/build.mjs scripts/web.mjs ./scripts/
COPY web ./web
# What only the build and Node 20 need stays out of the image.
RUN npm run build && cd node_modules && rm -r better-sqlite3-node20 esbuild @esbuild @niivue

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080
# The cache of decoded voxels in huge pages, where the kernel has them for who asks: a tenth less of a hot slice's time.
ENV GLIBC_TUNABLES=glibc.malloc.hugetlb=1
COPY --from=build /app/package.json /app/
COPY --from=build /app/node_modules /app/node_modules
COPY --from=build /app/dist /app/dist
COPY migrations /app/migrations
COPY LICENSE /app/

# What it writes: the catalog, and without DATA_ROOT the demo dataset, both in .niiserve/ of the working folder.
RUN install -d -o 1000 -g 1000 /var/lib/niiserve
WORKDIR /var/lib/niiserve
VOLUME /var/lib/niiserve
# By number: Kubernetes' runAsNonRoot cannot look up a name.
USER 1000:1000
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/cli.js"]
CMD ["serve"]
