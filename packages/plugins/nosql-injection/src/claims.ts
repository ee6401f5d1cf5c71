import type { Claim } from "@picket/plugin-sdk";

export const NOSQL_INJECTION = {
  type: "nosql-injection",
  title: "A parameter is taken as a condition of the database (NoSQL injection)",
  description:
    "What is sent in this parameter becomes part of a query, and not only a value in it: the database evaluates operators, or JavaScript, that a visitor writes. Whoever sends requests can select other records than they are meant to see, and read values letter by letter; where a password is compared so, any other than it may fit.",
  severity: "high",
  remediation: `Take texts only where a text is expected, and refuse objects before they come near a query.
Express: if (typeof request.query.name !== "string") return response.sendStatus(400); or a schema: z.object({ name: z.string() }).parse(request.body)
Express: app.set("query parser", "simple"), so that name[$ne]=x stays one name; express-mongo-sanitize as a second line
Mongoose: mongoose.set("sanitizeFilter", true), or { name: { $eq: String(name) } }
PHP: new MongoDB\\Driver\\Query(["name" => (string) $_GET["name"]])
Python: {"name": {"$eq": str(name)}}
No $where, mapReduce or $function with what was sent; MongoDB: security.javascriptEnabled: false
Compare passwords by their hash in the application, never in a query.`,
  references: [
    "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/07-Input_Validation_Testing/05.6-Testing_for_NoSQL_Injection",
    "https://cheatsheetseries.owasp.org/cheatsheets/NoSQL_Security_Cheat_Sheet.html",
    "https://mongoosejs.com/docs/api/mongoose.html#Mongoose.prototype.sanitizeFilter()",
  ],
  cwe: 943,
} as const satisfies Claim & { type: string };
