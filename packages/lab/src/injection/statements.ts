import { DatabaseSync } from "node:sqlite";

export type Row = Record<string, string | number>;

/** How an application puts values into statements: as text, or apart from it. */
export interface Statements {
  /** `sql` has one `?` for each value; a value within quotes or a pattern stands in one of its own. */
  all(sql: string, ...values: string[]): Row[];
}

const SCHEMA = `
  CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, category TEXT, price INTEGER);
  INSERT INTO item VALUES (1, 'Red tent', 'tents', 199), (2, 'Blue stove', 'stoves', 49), (3, 'Green tent', 'tents', 249);
  CREATE TABLE person (name TEXT, password TEXT);
  INSERT INTO person VALUES ('ann', 'kettle-and-fire');
`;

function openDatabase(): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  database.exec(SCHEMA);
  return database;
}

/** Written into the text: `?` alone, in quotes, or in a pattern. */
export function concatenated(): Statements {
  const database = openDatabase();
  return {
    all(sql, ...values) {
      const left = [...values];
      const text = sql.replaceAll("?", () => left.shift() ?? "");
      return database.prepare(text).all() as Row[];
    },
  };
}

/** Sent beside the text: quotes around a `?` and percent signs move into the value. */
export function bound(): Statements {
  const database = openDatabase();
  return {
    all(sql, ...values) {
      const text = sql.replaceAll("'%?%'", "'%' || ? || '%'").replaceAll("'?'", "?");
      return database.prepare(text).all(...values) as Row[];
    },
  };
}
