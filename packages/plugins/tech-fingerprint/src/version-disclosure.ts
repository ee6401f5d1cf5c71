import type { Verdict } from "@picket/plugin-sdk";
import type { Sighting } from "./components.ts";

export const VERSION_DISCLOSURE = "version-disclosure";

/** The setting that silences a product's own banner. */
const REMEDY: Readonly<Record<string, string>> = {
  "Apache HTTP Server": "Apache: ServerTokens Prod",
  nginx: "nginx: server_tokens off;",
  OpenResty: "nginx: server_tokens off;",
  PHP: "php.ini: expose_php = Off",
  "ASP.NET": 'web.config: <httpRuntime enableVersionHeader="false" />',
  "ASP.NET MVC": "Global.asax: MvcHandler.DisableMvcResponseHeader = true;",
  "Microsoft IIS": 'web.config: <requestFiltering removeServerHeader="true" />',
  "Apache Tomcat":
    'server.xml: <Valve className="org.apache.catalina.valves.ErrorReportValve" showReport="false" showServerInfo="false" />',
  WordPress: "functions.php: remove_action('wp_head', 'wp_generator');",
};

function generalRemedy(place: string): string {
  return place === "meta generator"
    ? "Remove the generator element from the page's template."
    : `Remove it in the server that is in front.\nnginx: proxy_hide_header ${place};\nApache: Header always unset ${place}\nExpress: res.removeHeader("${place}")`;
}

/** What names the places of banners; null: the name of the header. */
const PLACES: Readonly<Record<string, string | null>> = {
  header: null,
  generator: "meta generator",
  "error page": "error page",
};

/** Null unless a banner states a version that nobody but the operator needs. Scripts cannot hide theirs. */
export function disclosureOf({ detection, url, fetchId }: Sighting, method: string): Verdict | null {
  const { product, version, source, snippet, location } = detection;
  if (version === null || !(source in PLACES)) return null;
  const place = PLACES[source] ?? location.name ?? "";
  return {
    finding: {
      type: VERSION_DISCLOSURE,
      title: `${product.name} states its version (${place})`,
      description: `The answer states a version of ${product.name}, and with it which known vulnerabilities may apply. That by itself opens nothing, but saves an attacker the search.`,
      severity: "low",
      remediation: REMEDY[product.name] ?? generalRemedy(place),
      references: [
        "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/01-Information_Gathering/02-Fingerprint_Web_Server",
        "https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html",
      ],
      cwe: 200,
      rootCause: { level: "target", key: `${place} ${product.name}` },
      instance: { method, url },
    },
    evidence: [{ kind: "observation", snippet, location, fetchId }],
  };
}
