import pg from "pg";

export interface OwnerConnection {
  query<Row extends object = object>(text: string, values?: unknown[]): Promise<Row[]>;
  end(): Promise<void>;
}

/** As the role that owns the tables: what only migrations may do otherwise. Connects with the first query. */
export function ownerConnection(url: string): OwnerConnection {
  let client: Promise<pg.Client> | undefined;
  return {
    async query<Row extends object>(text: string, values: unknown[] = []) {
      client ??= connect(url);
      return (await (await client).query<Row>(text, values)).rows;
    },
    end: async () => (await client)?.end(),
  };
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}
