import pg from "pg";

export interface OwnerConnection {
  query<Row extends object = object>(text: string, values?: unknown[]): Promise<Row[]>;
  end(): Promise<void>;
}

/** As the role that owns the tables: what only migrations may do otherwise. */
export async function connectAsOwner(url: string): Promise<OwnerConnection> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    query: async <Row extends object>(text: string, values: unknown[] = []) =>
      (await client.query<Row>(text, values)).rows,
    end: () => client.end(),
  };
}
