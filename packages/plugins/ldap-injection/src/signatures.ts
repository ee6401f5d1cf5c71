import type { Signature } from "@picket/plugin-sdk/probe";

function signatures(name: string, ...parts: Signature["parts"][]): Signature[] {
  return parts.map((one) => ({ name, parts: one }));
}

/** What libraries say of a filter that cannot be read; nothing that a wrong name, password or server brings. */
export const LDAP_ERRORS: readonly Signature[] = [
  ...signatures(
    "PHP",
    ["ldap_search()", "Bad search filter"],
    ["ldap_list()", "Bad search filter"],
    ["ldap_read()", "Bad search filter"],
  ),
  ...signatures(
    "Java",
    ["InvalidSearchFilterException"],
    ["javax.naming", "Unbalanced parenthesis"],
    ["com.sun.jndi.ldap", "filter"],
    ["LDAPException", "filter string"],
    ["LDAPSearchException", "filter"],
  ),
  ...signatures(
    ".NET",
    ["System.DirectoryServices", "search filter is invalid"],
    ["The", "search filter is invalid"],
  ),
  ...signatures(
    "Python",
    ["FILTER_ERROR", "Bad search filter"],
    ["LDAPInvalidFilterError"],
    ["ldap3.core.exceptions", "filter"],
  ),
  ...signatures(
    "Node",
    ["unbalanced parens"],
    ["illegal unescaped char"],
    ["invalid escaped hex character"],
    ["ldapjs", "invalid filter"],
    ["ldapts", "invalid filter"],
  ),
  ...signatures(
    "Go",
    ["LDAP Result Code 201"],
    ["ldap: unexpected end of filter"],
    ["ldap: finished compiling filter with extra at end"],
  ),
  ...signatures("Ruby", ["Net::LDAP::FilterSyntaxInvalidError"], ["Net::LDAP", "Invalid filter syntax"]),
  ...signatures("Perl", ["Net::LDAP", "Bad filter"]),
  ...signatures("LDAP", ["Bad search filter (-7)"], ["Bad search filter", "LDAP"]),
];
