import { join } from "node:path";
import { ROOT, runPrisma } from "../database/index.ts";
import { startPostgres } from "../services/index.ts";

// Prisma's command line on this repository, for example `npm run db -- migrate dev --name add-x`. Commands that need a
// database use DATABASE_OWNER_URL or DATABASE_URL when given, else the one that `npm start` keeps.
const args = process.argv.slice(2);
const given = process.env.DATABASE_OWNER_URL ?? process.env.DATABASE_URL;
const service =
  given || args[0] === "generate" ? null : await startPostgres({ dataDir: join(ROOT, ".data/postgres") });
const { code } = await runPrisma(args, { ownerUrl: given ?? service?.ownerUrl, show: true });
await service?.stop();
process.exit(code);
