import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../database/index.ts";
import { commandOf } from "../services/index.ts";

/** Everything that `npm start` and `npm run demo` keep. */
export const DATA = join(ROOT, ".data");
const LOCK = join(DATA, "lock");

/** Claims `.data` for this process; returns how to let go. Throws when another Picket runs from this folder. */
export async function lockDataFolder(): Promise<() => void> {
  mkdirSync(DATA, { recursive: true });
  const holder = existsSync(LOCK) ? Number(readFileSync(LOCK, "utf8")) : 0;
  // A killed Picket leaves its lock, and its number may belong to something else by now.
  if (holder > 0 && (await commandOf(holder)).includes("infra/dev/")) {
    throw new Error(
      `Picket already runs from this folder (process ${holder}): stop it first, with Ctrl-C there`,
    );
  }
  writeFileSync(LOCK, String(process.pid));
  return () => rmSync(LOCK, { force: true });
}

type Secrets = { TOKEN_PEPPER: string; REDACTION_KEY: string; SECRET_KEYS: string; CALLBACK_KEY: string };

/** Keys of this installation: made on first use, kept in `.data/secrets.json`, readable by the owner alone. */
export function loadSecrets(): Secrets {
  const file = join(DATA, "secrets.json");
  const key = () => randomBytes(32).toString("hex");
  const kept: Partial<Secrets> = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const secrets = {
    TOKEN_PEPPER: key(),
    REDACTION_KEY: key(),
    SECRET_KEYS: `first:${key()}`,
    CALLBACK_KEY: key(),
    ...kept,
  };
  if (Object.keys(kept).length < Object.keys(secrets).length)
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  return secrets;
}
