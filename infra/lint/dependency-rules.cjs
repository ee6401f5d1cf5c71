/** Allowed edges between workspace packages. A package may import itself and what is listed; nothing else. */
const ALLOW = {
  "packages/core": [],
  "packages/config": ["packages/core"],
  "packages/logging": ["packages/core"],
  "packages/db": ["packages/core"],
  "packages/queue": ["packages/core"],
  "packages/storage": ["packages/core"],
  "packages/http": ["packages/core"],
  "packages/callback": ["packages/core"],
  "packages/plugin-sdk": ["packages/core"],
  "packages/plugin-runner": ["packages/core", "packages/plugin-sdk", "packages/logging"],
  "packages/plugins/[^/]+": ["packages/core", "packages/plugin-sdk"],
  "packages/lab": ["packages/core"],
  "apps/api": ["packages/(core|config|logging|db|queue|storage)"],
  "apps/worker": ["packages/(core|config|logging|db|queue|storage|plugin-sdk|plugin-runner|http|callback)"],
  "apps/callback": ["packages/(core|config|logging|queue|callback)"],
  "apps/cli": ["packages/(core|config|logging|plugin-sdk|plugin-runner|http|callback|lab)"],
};

const layer = Object.entries(ALLOW).map(([from, to]) => ({
  name: `only-allowed-from:${from}`,
  severity: "error",
  comment: `${from} may import only itself and: ${to.join(", ") || "nothing else"}`,
  from: { path: `^(${from})/src/`, pathNot: "[.]test[.]ts$" },
  to: { path: "^(apps|packages)/", pathNot: ["^$1/", ...to.map((edge) => `^${edge}/`)] },
}));

const only = (name, modules, owner, ...others) => ({
  name,
  severity: "error",
  comment: `${modules.join(", ")} is wrapped by ${owner}; import that instead`,
  from: { path: "^(apps|packages)/", pathNot: [`^${owner}/`, "^packages/testing/", ...others] },
  to: { path: modules.flatMap((mod) => [`node_modules/${mod}/`, `^(node:)?${mod}$`]) },
});

module.exports = {
  forbidden: [
    ...layer,
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-unresolvable",
      severity: "error",
      from: { path: "^(apps|packages|infra)/" },
      to: { couldNotResolve: true, pathNot: "/generated/" },
    },
    {
      name: "testing-is-dev-only",
      severity: "error",
      from: { path: "/src/", pathNot: "/src/testing/|^packages/testing/|[.]test[.]ts$" },
      to: { path: "^packages/testing/|/src/testing/" },
    },
    {
      name: "no-src-to-test",
      severity: "error",
      from: { path: "/src/", pathNot: "[.]test[.]ts$" },
      to: { path: "/test/|[.]test[.]ts$" },
    },
    {
      name: "core-is-pure",
      severity: "error",
      comment: "core may use zod and nothing else: it also runs in a browser",
      from: { path: "^packages/core/src/", pathNot: "[.]test[.]ts$" },
      to: {
        dependencyTypes: ["core", "npm", "npm-dev", "npm-no-pkg", "unknown"],
        pathNot: "node_modules/zod/|^zod",
      },
    },
    {
      name: "no-cross-plugin",
      severity: "error",
      from: { path: "^packages/plugins/([^/]+)/", pathNot: "[.]test[.]ts$" },
      to: { path: "^packages/plugins/", pathNot: "^packages/plugins/$1/" },
    },
    only("prisma-behind-db", ["@prisma/client", "@prisma/adapter-pg", "pg"], "packages/db"),
    only("queue-behind-queue", ["bullmq", "ioredis"], "packages/queue"),
    only("s3-behind-storage", ["@aws-sdk/client-s3"], "packages/storage"),
    only("got-behind-http", ["got", "undici"], "packages/http"),
    // A test starts the program that it tests.
    only(
      "fork-behind-runner",
      ["child_process"],
      "packages/plugin-runner",
      "^apps/[^/]+/test/|^packages/plugins/[^/]+/src/[^/]+\\.test\\.ts$",
    ),
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "/generated/|/fixtures/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "default"],
      extensions: [".ts", ".js", ".mjs", ".cjs", ".json"],
    },
  },
};
