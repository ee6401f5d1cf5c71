import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "@jest/globals";
import { loadApiConfig, loadCallbackConfig, loadWorkerConfig, settingsTable } from "@picket/config";
import { createDatabase } from "@picket/db";
import { createTestDatabase } from "@picket/testing";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";
import { WORKER_FLAGS } from "../services/index.ts";

/** What is checked of the manifests without a cluster: that they say of the programs what is true. */
const ROOT = resolve(import.meta.dirname, "../..");
const FOLDER = "infra/k8s";
/** A worker gives its runs back within 5 s after the grace; the rest is for closing, s. */
const CLOSING_S = 10;

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

const Env = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z.object({ secretKeyRef: z.object({ name: z.string(), key: z.string() }) }).optional(),
});
const Probe = z
  .strictObject({
    httpGet: z.object({ path: z.string(), port: z.string() }).optional(),
    tcpSocket: z.object({ port: z.string() }).optional(),
    periodSeconds: z.int(),
    timeoutSeconds: z.int().optional(),
    failureThreshold: z.int().optional(),
  })
  .optional();
const Container = z.object({
  name: z.enum(["api", "worker", "callback", "migrate"]),
  image: z.string(),
  command: z.undefined().optional(),
  args: z.undefined().optional(),
  ports: z.array(z.object({ name: z.string(), containerPort: z.int() })).default([]),
  envFrom: z.array(z.object({ configMapRef: z.object({ name: z.string() }) })).default([]),
  env: z.array(Env),
  startupProbe: Probe,
  livenessProbe: Probe,
  readinessProbe: Probe,
  securityContext: z.object({
    allowPrivilegeEscalation: z.literal(false),
    capabilities: z.object({ drop: z.tuple([z.literal("ALL")]) }),
    readOnlyRootFilesystem: z.boolean(),
  }),
  resources: z.object({
    requests: z.object({ cpu: z.string(), memory: z.string() }),
    limits: z.object({ memory: z.string() }),
  }),
});
const Pod = z.object({
  automountServiceAccountToken: z.literal(false),
  terminationGracePeriodSeconds: z.int().optional(),
  securityContext: z.object({
    runAsNonRoot: z.literal(true),
    runAsUser: z.literal(10001),
    seccompProfile: z.object({ type: z.string(), localhostProfile: z.string().optional() }),
  }),
  containers: z.tuple([Container]),
});
const Workload = z.object({ spec: z.object({ template: z.object({ spec: Pod }) }) });
type Container = z.infer<typeof Container>;

interface Manifest {
  kind: string;
  metadata: { name: string };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
}

function manifestsOf(file: string): Manifest[] {
  return parseAllDocuments(read(`${FOLDER}/${file}`)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Manifest;
  });
}

const files = (parse(read(`${FOLDER}/kustomization.yaml`)) as { resources: string[] }).resources;
const manifests = files.flatMap(manifestsOf);
const secrets = manifestsOf("secrets.example.yaml");
const pods = manifests
  .filter(({ kind }) => kind === "Deployment" || kind === "Job")
  .map((manifest) => Workload.parse(manifest).spec.template.spec);
const podOf = (name: string) => pods.find(({ containers: [container] }) => container.name === name);

const rows = settingsTable()
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()));
const PROGRAM = { api: "api", worker: "worker", callback: "callback", migrate: "migrations" };

function settingsOf(program: keyof typeof PROGRAM): string[] {
  const readers = new RegExp(`\\b${PROGRAM[program]}\\b|^all$`);
  return rows.flatMap(([, name = "", by = ""]) => (readers.test(by) ? [name.replaceAll("`", "")] : []));
}

/** Good values for what comes from secrets. */
const SECRET_VALUES: Record<string, string> = {
  DATABASE_URL: "postgresql://a:b@db/picket",
  DATABASE_OWNER_URL: "postgresql://a:b@db/picket",
  REDIS_URL: "redis://:a@redis",
  S3_ACCESS_KEY_ID: "id",
  S3_SECRET_ACCESS_KEY: "secret",
  SECRET_KEYS: `k:${"ab".repeat(32)}`,
  TOKEN_PEPPER: "p".repeat(32),
  REDACTION_KEY: "r".repeat(32),
  CALLBACK_KEY: "c".repeat(32),
};

function environmentOf({ env, envFrom }: Container): Record<string, string> {
  const maps = envFrom.map(({ configMapRef }) => {
    const map = manifests.find(
      ({ kind, metadata }) => kind === "ConfigMap" && metadata.name === configMapRef.name,
    );
    expect(map?.data).toBeDefined();
    return map?.data ?? {};
  });
  const own = env.map(({ name, value }) => [name, value ?? SECRET_VALUES[name] ?? ""]);
  return Object.assign({}, ...maps, Object.fromEntries(own));
}

it("lists every manifest there is, but the secrets", () => {
  const others = new Set(["kustomization.yaml", "secrets.example.yaml"]);
  const there = readdirSync(join(ROOT, FOLDER)).filter((name) => name.endsWith(".yaml") && !others.has(name));
  expect(files.toSorted()).toEqual(there.toSorted());
  expect(pods).toHaveLength(4);
});

it.each(["api", "worker", "callback", "migrate"] as const)(
  "gives %s only settings that it reads, and they are good",
  (name) => {
    const pod = podOf(name);
    const environment = environmentOf(Container.parse(pod?.containers[0]));
    expect(Object.keys(environment).filter((key) => !settingsOf(name).includes(key))).toEqual([]);
    if (name === "api") expect(loadApiConfig(environment).port).toBe(4_000);
    if (name === "worker") expect(loadWorkerConfig(environment).isolationMinimum).toBe("sandbox");
    if (name === "callback") expect(loadCallbackConfig(environment).callbackPort).toBe(8_080);
  },
);

it("holds no secret, and refers only to secrets that are named in the example", () => {
  const known = secrets.flatMap(({ metadata, stringData = {} }) =>
    Object.entries(stringData).map(([key, value]) => {
      expect(value).toBe("");
      return `${metadata.name}/${key}`;
    }),
  );
  const used = pods.flatMap(({ containers: [{ env }] }) =>
    env.flatMap(({ valueFrom }) => {
      const { name, key } = valueFrom?.secretKeyRef ?? {};
      return name ? [`${name}/${key}`] : [];
    }),
  );
  expect([...new Set(used)].toSorted()).toEqual(known.toSorted());
  for (const { containers } of pods)
    for (const { name, value } of containers[0].env)
      if (name in SECRET_VALUES) expect([name, value]).toEqual([name, undefined]);
  expect(manifests.filter(({ kind }) => kind === "Secret")).toEqual([]);
});

it("starts what the images start, on the port and at the paths that there are", () => {
  const dockerfile = read("infra/images/Dockerfile");
  for (const { containers } of pods) {
    expect(containers[0].image).toBe(`picket-${containers[0].name}`);
    expect(dockerfile).toMatch(new RegExp(`^FROM \\w+ AS ${containers[0].name}$`, "m"));
  }
  for (const [name, flags] of [
    ["api", []],
    ["worker", WORKER_FLAGS],
    ["callback", []],
  ] as const) {
    const main = `apps/${name}/src/main.ts`;
    const command = ["node", ...flags, main].map((part) => JSON.stringify(part));
    expect(dockerfile).toContain(`\nCMD [${command.join(", ")}]\n`);
    read(main);
  }
  const api = Container.parse(podOf("api")?.containers[0]);
  expect(api.ports).toEqual([{ name: "http", containerPort: Number(environmentOf(api).PORT) }]);
  const routes = Object.keys((JSON.parse(read("apps/api/openapi.json")) as { paths: object }).paths);
  for (const probe of [api.startupProbe, api.livenessProbe, api.readinessProbe]) {
    expect(probe?.httpGet?.port).toBe("http");
    expect(routes).toContain(probe?.httpGet?.path);
  }
  const callback = Container.parse(podOf("callback")?.containers[0]);
  const { CALLBACK_PORT, CALLBACK_DNS_PORT } = environmentOf(callback);
  const [http, dns] = [Number(CALLBACK_PORT), Number(CALLBACK_DNS_PORT)];
  expect(callback.ports.map(({ containerPort }) => containerPort)).toEqual([http, dns, dns]);
});

it.each(["api", "worker"] as const)("waits longer for the end of %s than it takes", (name) => {
  const pod = Pod.parse(podOf(name));
  const graceMs = Number(environmentOf(pod.containers[0]).SHUTDOWN_GRACE_MS);
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(graceMs / 1_000 + CLOSING_S);
  expect(pod.containers[0].securityContext.readOnlyRootFilesystem).toBe(true);
});

it("keeps the listener that strangers reach away from database and bodies", () => {
  const policies = manifests.filter(({ kind }) => kind === "NetworkPolicy") as unknown as {
    metadata: { name: string };
    spec: { podSelector: { matchLabels?: Record<string, string> }; egress?: object[] };
  }[];
  const listener = manifests.find(({ metadata }) => metadata.name === "picket-callback") as unknown as {
    spec: { template: { metadata: { labels: Record<string, string> } } };
  };
  const { labels } = listener.spec.template.metadata;
  const own = policies.filter(({ spec: { podSelector } }) =>
    Object.entries(podSelector.matchLabels ?? {}).every(([key, value]) => labels[key] === value),
  );
  expect(own.map(({ metadata }) => metadata.name)).toEqual(["picket-nothing-else", "picket-callback"]);
  expect(JSON.stringify(own)).not.toMatch(/5432|443/);
});

it("leaves bubblewrap the system calls that it needs", () => {
  const { localhostProfile = "" } = podOf("worker")?.securityContext.seccompProfile ?? {};
  const profile = JSON.parse(read(`${FOLDER}/${localhostProfile.replace("picket/", "")}`)) as {
    syscalls: { names: string[] }[];
  };
  const denied = profile.syscalls.flatMap(({ names }) => names);
  const needed = ["clone", "clone3", "unshare", "mount", "umount2", "pivot_root", "sethostname", "prctl"];
  expect(needed.filter((name) => denied.includes(name))).toEqual([]);
});

it("scales by a query that the application's role may run, one worker for as many runs as it has slots", async () => {
  const Scaled = z.object({
    spec: z.object({
      triggers: z.tuple([
        z.object({ metadata: z.object({ query: z.string(), targetQueryValue: z.string() }) }),
      ]),
    }),
  });
  const scaled = Scaled.parse(manifests.find(({ kind }) => kind === "ScaledObject"));
  const { query, targetQueryValue } = scaled.spec.triggers[0].metadata;
  expect(targetQueryValue).toBe(
    environmentOf(Container.parse(podOf("worker")?.containers[0])).WORKER_CONCURRENCY,
  );
  const testDatabase = await createTestDatabase();
  const database = createDatabase({ url: testDatabase.appUrl, poolMax: 1, applicationName: "test" });
  expect(await database.sql.query(query)).toEqual([{ count: expect.anything() }]);
  await database.close();
  await testDatabase.drop();
});

it("says the same in docker-compose.yml: settings that are read, secrets from .env, time to end", () => {
  const Service = z.object({
    environment: z.record(z.string(), z.string()).default({}),
    stop_grace_period: z.string().default("10s"),
    build: z.object({ target: z.string() }).optional(),
  });
  const compose = z
    .object({ services: z.record(z.string(), Service) })
    .parse(parse(read("docker-compose.yml"), { merge: true }));
  for (const name of ["api", "worker", "callback", "migrate"] as const) {
    const service = Service.parse(compose.services[name]);
    expect(service.build?.target).toBe(name);
    expect(Object.keys(service.environment).filter((key) => !settingsOf(name).includes(key))).toEqual([]);
    for (const [key, value] of Object.entries(service.environment))
      if (key in SECRET_VALUES) expect([key, value]).toEqual([key, expect.stringContaining("${")]);
  }
  const { stop_grace_period: grace } = Service.parse(compose.services.worker);
  expect(Number.parseInt(grace, 10)).toBeGreaterThanOrEqual(10 + CLOSING_S);
});
