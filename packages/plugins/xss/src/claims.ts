import type { FindingInput } from "@picket/plugin-sdk";

export type Claim = Pick<
  FindingInput,
  "type" | "title" | "description" | "severity" | "remediation" | "references" | "cwe"
>;

const REMEDIATION = `Encode what comes from outside for the place it is written to: text and attribute values as HTML (always within quotes), values in scripts as JSON with < written as \\u003c, addresses only after checking that their scheme is http or https. Templates that encode by themselves do the first: keep that on.
PHP: htmlspecialchars($value, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8'); Twig and Blade: {{ value }}, never |raw or {!! !!}
Express: EJS <%= value %>, never <%- %>; Pug #{value}, never !{}
Java: OWASP Java Encoder, Encode.forHtml(value); JSP <c:out value="\${value}"/>
Django and Jinja2: {{ value }} with autoescape on, never |safe
Markup that users may write goes through a sanitizer such as DOMPurify.
As a second line a policy without unsafe-inline: nginx: add_header Content-Security-Policy "script-src 'self'; object-src 'none'; base-uri 'none'" always; Apache: Header always set Content-Security-Policy "script-src 'self'; object-src 'none'; base-uri 'none'"; Express: app.use(helmet())`;

const REFERENCES = [
  "https://cheatsheetseries.owasp.org/cheatsheets/Cross_Site_Scripting_Prevention_Cheat_Sheet.html",
];

const WSTG =
  "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/07-Input_Validation_Testing";

export const REFLECTED: Claim = {
  type: "xss-reflected",
  title: "A parameter is written into the page as markup or script (reflected XSS)",
  description:
    "What is sent in this parameter comes back in the page where a browser runs it. Whoever gets a visitor to open a prepared link, or a page that sends the form, runs scripts in the visitor's name: read what they see, and do what they may do.",
  severity: "high",
  remediation: REMEDIATION,
  references: [...REFERENCES, `${WSTG}/01-Testing_for_Reflected_Cross_Site_Scripting`],
  cwe: 79,
};

export const STORED: Claim = {
  type: "xss-stored",
  title: "What is stored from a parameter runs as script on other pages (stored XSS)",
  description:
    "What is sent in this parameter is kept and later written into a page where a browser runs it. Everybody who opens that page runs it, in their own name, without a prepared link.",
  severity: "high",
  remediation: REMEDIATION,
  references: [...REFERENCES, `${WSTG}/02-Testing_for_Stored_Cross_Site_Scripting`],
  cwe: 79,
};

/** Of what would run, were there no policy. */
export const MARKUP_ONLY: Claim = {
  type: "html-injection",
  title: "A parameter is written into the page as markup; a policy stops scripts in it (HTML injection)",
  description:
    "What is sent in this parameter comes back in the page as markup, with a script that nothing but the page's Content-Security-Policy keeps from running. The page can be made to show what others write, such as a form or a link, and a policy that is loosened one day, or not sent with one answer, lets the script run.",
  severity: "low",
  remediation: REMEDIATION,
  references: REFERENCES,
  cwe: 80,
};
