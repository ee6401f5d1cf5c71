export { createAppLogin } from "./app-login.ts";
export { generateClient } from "./generate.ts";
export { migrate } from "./migrate.ts";
export { type PrismaResult, ROOT, runPrisma } from "./prisma-cli.ts";
