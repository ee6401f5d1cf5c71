import type { Signature } from "@picket/plugin-sdk/probe";

export type Database = "MySQL" | "PostgreSQL" | "SQLite" | "Microsoft SQL Server" | "Oracle" | "SQL";

function signatures(name: Database, ...parts: Signature["parts"][]): Signature<Database>[] {
  return parts.map((one) => ({ name, parts: one }));
}

/**
 * What databases and their drivers say of a statement that cannot be parsed. Only that: a value of the wrong type, a name
 * that is unknown or a constraint is no sign that the value became part of the statement.
 */
export const SQL_ERRORS: readonly Signature<Database>[] = [
  ...signatures(
    "MySQL",
    ["You have an error in your SQL syntax", "near '"],
    ["SQLSTATE[42000]", "1064"],
    ["ER_PARSE_ERROR"],
    ["MySqlException", "syntax"],
    ["MySQLSyntaxErrorException"],
    ["(1064,", "SQL syntax"],
  ),
  ...signatures(
    "PostgreSQL",
    ['syntax error at or near "'],
    ["unterminated quoted string at or near"],
    ["unterminated quoted identifier at or near"],
    ["SQLSTATE[42601]"],
    ["PSQLException", "syntax error"],
    ["pg_query()", "Query failed"],
  ),
  ...signatures(
    "SQLite",
    ['near "', '": syntax error'],
    ['unrecognized token: "'],
    ["SQLITE_ERROR", "syntax error"],
    ["sqlite3.OperationalError", "syntax error"],
    ["SQLite3::query()", "syntax error"],
    ["SQLiteException", "syntax error"],
  ),
  ...signatures(
    "Microsoft SQL Server",
    ["Unclosed quotation mark after the character string"],
    ["Incorrect syntax near '"],
    ["Incorrect syntax near the keyword"],
    ["SqlException", "Incorrect syntax"],
    ["[SQL Server]", "syntax"],
    ["80040e14", "quotation mark"],
  ),
  ...signatures(
    "Oracle",
    ["ORA-00933"],
    ["ORA-00936"],
    ["ORA-00907"],
    ["ORA-00911"],
    ["ORA-00921"],
    ["ORA-00923"],
    ["ORA-00972"],
    ["ORA-01740"],
    ["ORA-01756"],
    ["quoted string not properly terminated"],
  ),
  ...signatures(
    "SQL",
    ["SQLSTATE[HY000]", "syntax error"],
    ["Dynamic SQL Error", "SQL error code = -104"],
    ["[DB2", "SQL0104N"],
    ["SQLCODE=-104, SQLSTATE=42601"],
    ["Syntax error in SQL statement"],
    ["unexpected token:", "HSQL"],
    ["Syntax error in query expression"],
    ["SQLGrammarException"],
    ["java.sql.SQLSyntaxErrorException"],
    // HSQLDB and Derby, whose messages do not name them.
    ["malformed string: '"],
    ['malformed quoted identifier: "'],
    ["Syntax error: Encountered", "at line", "column"],
  ),
];
