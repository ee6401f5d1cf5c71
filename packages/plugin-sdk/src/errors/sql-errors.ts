import { bodyLeak, type Detector } from "./leak.ts";

/** PHP's database objects pass on what any database says. */
const PASSED_ON = "PDO";

/** Messages of databases and their drivers, whole enough to hold a part of the query. */
const ERRORS: readonly [database: string, pattern: RegExp][] = [
  [
    "MySQL",
    /You have an error in your SQL syntax; check the manual that corresponds to your (?:MySQL|MariaDB) server version for the right syntax to use near '/,
  ],
  [
    "MySQL",
    /\bmysqli?_(?:fetch|num|query|result)\w{0,30}\(\)(?: expects parameter|:)|\bcom\.mysql\.(?:cj\.)?jdbc\.\w{0,40}Exception/,
  ],
  [
    "PostgreSQL",
    /\bpg_(?:query|exec|execute)\(\): Query failed: ERROR|org\.postgresql\.util\.PSQLException: |PG::\w{1,40}Error: ERROR:|psycopg2?\.errors?\.\w{1,40}:|\bERROR:\s{1,3}syntax error at or near "[^"\n]{0,200}"\s{1,8}LINE \d/,
  ],
  [
    "SQL Server",
    /Unclosed quotation mark after the character string '|Microsoft OLE DB Provider for (?:ODBC Drivers|SQL Server)|\[SQL Server\]\S{0,3}Incorrect syntax near|System\.Data\.SqlClient\.SqlException|com\.microsoft\.sqlserver\.jdbc\.SQLServerException/,
  ],
  ["Oracle", /\bORA-\d{5}: \w|oracle\.jdbc\.driver\.\w{1,40}Exception/],
  [
    "SQLite",
    /sqlite3?\.(?:Operational|Integrity|Programming)Error: |SQLITE_ERROR: |SQLite3::\w{1,40}Exception: |org\.sqlite\.SQLiteException/,
  ],
  [PASSED_ON, /SQLSTATE\[[0-9A-Z]{5}\](?: \[\d{1,6}\]|: [A-Z])/],
];
/** In prose the message is quoted within a sentence; shown by an application it begins a line, behind a label at most. */
const MAX_BEFORE = 30;
const CONTEXT = 200;

function isOwnLine(message: string, index: number): boolean {
  const before = message.slice(message.lastIndexOf("\n", index - 1) + 1, index).trim();
  return before.length <= MAX_BEFORE && /^$|[^\w\s"“«,]$|\berror$/i.test(before);
}

/** No application asks several databases wrongly at once; who shows their messages side by side explains them. */
function isExplained(message: string): boolean {
  const own = ERRORS.filter(([database, pattern]) => database !== PASSED_ON && pattern.test(message));
  return new Set(own.map(([database]) => database)).size > 1;
}

export const sqlErrors: Detector = ({ message, status, page }) => {
  if (status < 400 && isExplained(message)) return [];
  for (const [database, pattern] of ERRORS) {
    const match = pattern.exec(message);
    if (!match || (page && status < 400 && !isOwnLine(message, match.index))) continue;
    const snippet = message.slice(match.index, match.index + CONTEXT);
    return [bodyLeak({ claim: "sql-error", key: database, snippet })];
  }
  return [];
};
