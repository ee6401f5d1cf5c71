import { z } from "zod";
import { defineRoute, type Route } from "../http/route.ts";
import { Readiness } from "./readiness.ts";

const tag = "platform";

export const PLATFORM_ROUTES: readonly Route[] = [
  defineRoute({
    id: "health",
    method: "get",
    path: "/healthz",
    role: "public",
    isUnlimited: true,
    tag,
    summary: "Whether the process answers",
    request: {},
    responses: { 200: z.object({ status: z.literal("ok") }) },
    handle: async () => ({ status: 200, body: { status: "ok" as const } }),
  }),
  defineRoute({
    id: "readiness",
    method: "get",
    path: "/readyz",
    role: "public",
    isUnlimited: true,
    tag,
    summary: "Whether database, queue and body store can be used",
    request: {},
    responses: { 200: Readiness, 503: Readiness },
    async handle({ services }) {
      const body = await services.readiness();
      return { status: body.ready ? 200 : 503, body };
    },
  }),
  defineRoute({
    id: "metrics",
    method: "get",
    path: "/metrics",
    role: "viewer",
    tag,
    summary: "Metrics in Prometheus' text format",
    request: {},
    responses: { 200: { contentType: "text/plain", description: "Request times, queue depth, scans." } },
    async handle({ services: { metrics } }) {
      const text = await metrics.text();
      return {
        status: 200,
        headers: { "Content-Type": metrics.contentType },
        send: (response) => void response.end(text),
      };
    },
  }),
];
