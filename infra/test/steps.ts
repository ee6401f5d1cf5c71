import { join } from "node:path";
import { ROOT, runPrisma } from "../database/index.ts";
import { startPostgres } from "../services/index.ts";
import { type RunCommand, tool } from "./run-command.ts";
import { scratchFolder } from "./services.ts";

export type Step = {
  name: string;
  /** What is checked, as the heading of its output. */
  title: string;
  /** What repairs it, or where to look. */
  fix: string;
  /** Returns true when all is well. Output goes to the terminal. */
  run(command: RunCommand): Promise<boolean>;
};

const bin = "node_modules/.bin";

export const CHECKS: Step[] = [
  {
    name: "format",
    title: "Format and lint (biome), and no merge left half done",
    fix: `${bin}/biome check --config-path infra/lint --write; finish the merge where git's marks are`,
    run: async (command) =>
      (await command(tool("biome"), ["check", "--config-path", "infra/lint", "--error-on-warnings"])) &&
      // It finds nothing, and says so by failing.
      !(await command("git", ["grep", "-nE", "^(<{7}|>{7}) "])),
  },
  {
    name: "types",
    title: "Types (tsc)",
    fix: "correct the errors above; one part alone: node_modules/.bin/tsc -p packages",
    run: async (command) => {
      for (const project of ["packages", "apps", "infra"]) {
        if (!(await command(tool("tsc"), ["-p", project]))) return false;
      }
      return true;
    },
  },
  {
    name: "rules",
    title: "Dependency rules (dependency-cruiser)",
    fix: "import what infra/lint/dependency-rules.cjs allows, or change the rule with a reason",
    run: (command) =>
      command(tool("depcruise"), [
        "--config",
        "infra/lint/dependency-rules.cjs",
        "apps",
        "packages",
        "infra",
      ]),
  },
  {
    name: "patterns",
    title: "Regular expressions that take time in proportion to the text",
    fix: "bound the repetition, or exclude from it what the pattern begins with",
    run: (command) => command(process.execPath, ["infra/lint/linear-patterns.ts"]),
  },
  {
    name: "dead-code",
    title: "Dead code (knip)",
    fix: "delete what is listed, or stop exporting it",
    run: (command) => command(tool("knip"), ["--config", "infra/lint/knip.json"]),
  },
  {
    name: "schema",
    title: "Schema drift (migrations replayed against prisma/schema)",
    fix: "npm run db -- migrate dev --name <what-changes>",
    run: checkSchemaDrift,
  },
  {
    name: "openapi",
    title: "OpenAPI drift",
    fix: "npm run openapi",
    run: (command) => command(process.execPath, ["--run", "openapi:check"], { cwd: join(ROOT, "apps/api") }),
  },
];

async function checkSchemaDrift(): Promise<boolean> {
  const postgres = await startPostgres({ dataDir: await scratchFolder("postgres"), ephemeral: true });
  try {
    const { code, output } = await runPrisma(
      [
        "migrate",
        "diff",
        "--from-migrations",
        "prisma/migrations",
        "--to-schema",
        "prisma/schema",
        "--exit-code",
      ],
      { ownerUrl: postgres.ownerUrl },
    );
    if (code !== 0) console.error(output);
    return code === 0;
  } finally {
    await postgres.stop();
  }
}
