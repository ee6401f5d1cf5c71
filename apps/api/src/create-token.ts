import type { ApiConfig } from "@picket/config";
import { AppError, NewToken } from "@picket/core";
import { assertReady, createDatabase, createToken } from "@picket/db";
import { mintToken } from "./auth/token.ts";

const DAY_MS = 86_400_000;

export interface TokenWish {
  name?: string | undefined;
  role?: string | undefined;
  person?: string | undefined;
  /** Whole days, as text; absent: it does not expire. */
  expiresDays?: string | undefined;
}

/** Writes a token for the first admin, or for whoever has lost the last one, and returns it. */
export async function issueToken(config: ApiConfig, wish: TokenWish): Promise<string> {
  const wanted = checkedWish(wish);
  const database = createDatabase({
    url: config.databaseUrl,
    poolMax: 1,
    applicationName: "picket-api-token",
  });
  try {
    await assertReady(database);
    const { token, secret } = mintToken(config.tokenPepper);
    await database.command((connection) => createToken(connection, wanted, { secret, actor: "cli" }));
    return token;
  } finally {
    await database.close();
  }
}

function checkedWish({ name, role, person, expiresDays }: TokenWish): NewToken {
  const days = expiresDays === undefined ? null : Number(expiresDays);
  if (days !== null && !(Number.isInteger(days) && days >= 1 && days <= 3_650)) {
    throw new AppError("INVALID_INPUT", "--expires-days must be a whole number from 1 to 3650");
  }
  const expiresAt = days === null ? null : new Date(Date.now() + days * DAY_MS).toISOString();
  const result = NewToken.safeParse({ name, role, person, expiresAt });
  if (result.success) return result.data;
  const words = result.error.issues.map(({ path, message }) => `--${path.join(".")}: ${message}`);
  throw new AppError("INVALID_INPUT", words.join("\n"), { hint: "See --help." });
}
