import type { Claim } from "@picket/plugin-sdk";

export const LDAP_INJECTION = {
  type: "ldap-injection",
  title: "A parameter is written into an LDAP filter (LDAP injection)",
  description:
    "What is sent in this parameter becomes part of the filter that the directory is searched by, and not only a value in it. Whoever sends requests can choose other entries than they are meant to see, read attributes letter by letter, and pass logins that compare by filter.",
  severity: "high",
  remediation: `Escape each value for a filter (RFC 4515: * ( ) \\ and NUL as \\2a \\28 \\29 \\5c \\00), each value for a name with the escape for names (RFC 4514), and take only letters and digits where a login name is expected. Check a password by a bind, never by a filter.
Java: ctx.search(base, "(uid={0})", new Object[] { name }, controls), or Spring's LdapQueryBuilder.query().where("uid").is(name)
PHP: ldap_escape($name, "", LDAP_ESCAPE_FILTER)
Python: ldap.filter.escape_filter_chars(name); ldap3: escape_filter_chars(name)
Node: new EqualityFilter({ attribute: "uid", value: name }) of ldapjs or ldapts
.NET: Encoder.LdapFilterEncode(name) of the AntiXSS library
Give the application a user of the directory that reads no more than it has to.`,
  references: [
    "https://cheatsheetseries.owasp.org/cheatsheets/LDAP_Injection_Prevention_Cheat_Sheet.html",
    "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/07-Input_Validation_Testing/06-Testing_for_LDAP_Injection",
    "https://www.rfc-editor.org/rfc/rfc4515#section-3",
  ],
  cwe: 90,
} as const satisfies Claim & { type: string };
