import { createRequire } from "node:module";
import { dirname } from "node:path";
import { AppError } from "@picket/core";
import { z } from "zod";
import { defineRoute, type Route } from "../http/route.ts";
import { PAGE_POLICY } from "../http/security-headers.ts";

const tag = "docs";

const require = createRequire(import.meta.url);
const SWAGGER_UI = dirname(require.resolve("swagger-ui-dist/package.json"));

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Picket API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="reference"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#reference", deepLinking: true, validatorUrl: null });\n`;

const ASSET_TYPES = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "favicon-32x32.png": "image/png",
  "start.js": "text/javascript; charset=utf-8",
} as const;

const Asset = z.enum(Object.keys(ASSET_TYPES) as (keyof typeof ASSET_TYPES)[]);

export const DOCS_ROUTES: readonly Route[] = [
  defineRoute({
    id: "getOpenApi",
    method: "get",
    path: "/openapi.json",
    role: "public",
    tag,
    summary: "This document",
    request: {},
    responses: { 200: { contentType: "application/json", description: "OpenAPI 3.1." } },
    handle: async ({ services }) => ({
      status: 200,
      send: (response) => void response.end(services.openApi),
    }),
  }),
  defineRoute({
    id: "getDocs",
    method: "get",
    path: "/docs",
    role: "public",
    tag,
    summary: "The reference for people",
    request: {},
    responses: { 200: { contentType: "text/html; charset=utf-8", description: "A page." } },
    handle: async () => ({
      status: 200,
      headers: { "Content-Security-Policy": PAGE_POLICY },
      send: (response) => void response.end(PAGE),
    }),
  }),
  defineRoute({
    id: "getDocsAsset",
    method: "get",
    path: "/docs/:asset",
    role: "public",
    tag,
    summary: "A file of that page",
    request: { params: z.strictObject({ asset: z.string() }) },
    responses: {
      200: { contentType: "application/octet-stream", description: "Style sheet, script or icon." },
    },
    async handle({ params }) {
      const { data: asset } = Asset.safeParse(params.asset);
      if (!asset) throw new AppError("NOT_FOUND", `there is no ${params.asset} here`);
      return {
        status: 200,
        headers: { "Content-Type": ASSET_TYPES[asset], "Cache-Control": "public, max-age=86400" },
        send(response) {
          if (asset === "start.js") response.end(START);
          else response.sendFile(asset, { root: SWAGGER_UI });
        },
      };
    },
  }),
];
