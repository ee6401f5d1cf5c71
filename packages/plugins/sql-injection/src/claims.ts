import type { FindingInput } from "@picket/plugin-sdk";

type Claim = Pick<
  FindingInput,
  "type" | "title" | "description" | "severity" | "remediation" | "references" | "cwe"
>;

export const SQL_INJECTION: Claim = {
  type: "sql-injection",
  title: "A parameter is written into an SQL statement (SQL injection)",
  description:
    "What is sent in this parameter becomes part of a statement that the database runs, and not only a value in it. Whoever sends requests can read what the application's database user can read, often change it, and pass logins.",
  severity: "critical",
  remediation: `Send the statement and its values apart: placeholders in the statement, values as parameters. Names of columns and directions of sorting cannot be parameters: choose them from a fixed list.
Node: db.query("SELECT * FROM products WHERE id = $1", [id])
PHP: $query = $pdo->prepare("SELECT * FROM products WHERE id = ?"); $query->execute([$id]);
Java: connection.prepareStatement("SELECT * FROM products WHERE id = ?") and setLong(1, id)
Python: cursor.execute("SELECT * FROM products WHERE id = %s", (id,))
.NET: command.Parameters.Add("@id", SqlDbType.Int).Value = id;
Give the application a database user that may do no more than it has to, and show visitors no messages of the database. Rules of a web application firewall are no repair.`,
  references: [
    "https://cheatsheetseries.owasp.org/cheatsheets/SQL_Injection_Prevention_Cheat_Sheet.html",
    "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/07-Input_Validation_Testing/05-Testing_for_SQL_Injection",
  ],
  cwe: 89,
};
