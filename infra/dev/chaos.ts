import { generateClient } from "../database/index.ts";
import { ensureSystemTools } from "../services/index.ts";

// The chaos tests in their long forms, on the workspace's Node: `npm run chaos -- kills 20`.
ensureSystemTools({ say: console.error });
await generateClient();
await import("../chaos/run.ts");
