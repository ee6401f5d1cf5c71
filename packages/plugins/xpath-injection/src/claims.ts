import type { Claim } from "@picket/plugin-sdk";

export const XPATH_INJECTION = {
  type: "xpath-injection",
  title: "A parameter is written into an XPath expression (XPath injection)",
  description:
    "What is sent in this parameter becomes part of the expression by which a document is searched, and not only a value in it. XPath knows no permissions: whoever sends requests can read the whole document piece by piece, and pass logins that compare by expression.",
  severity: "high",
  remediation: `Write the expression with variables and bind the values to them, or search with the language's own means instead of XPath.
Java: xpath.setXPathVariableResolver(name -> values.get(name)), with //user[name=$name]
PHP: refuse values with quotes, or compare in PHP: foreach ($xml->user as $user) if ((string) $user->name === $name)
Python: tree.xpath("//user[name=$name]", name=name)
.NET: an XsltContext that resolves variables, or LINQ to XML: document.Descendants("user").Where(u => (string) u.Element("name") == name)
Node: xpath.parse("//user[name=$name]").select({ node: document, variables: { name } })
Where values cannot be bound, take letters and digits only. Compare passwords by their hash outside of the expression.`,
  references: [
    "https://owasp.org/www-community/attacks/XPATH_Injection",
    "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/07-Input_Validation_Testing/09-Testing_for_XPath_Injection",
  ],
  cwe: 643,
} as const satisfies Claim & { type: string };
