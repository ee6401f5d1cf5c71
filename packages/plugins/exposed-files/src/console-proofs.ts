import { type PageFacts, pageFacts } from "./page-facts.ts";
import { matchProof, type Prove, startProof, tryJsonObject } from "./proof.ts";

/** Proof by a page's own elements. `shows` gives what is cited of it, null unless the page is the one in question. */
function pageProof(shows: (page: PageFacts) => string | null): Prove {
  return ({ text, isHtml }) => {
    const cited = isHtml ? shows(pageFacts(text)) : null;
    return cited === null ? null : startProof(cited);
  };
}

/** Proof by the members of a JSON object. */
function jsonProof(shows: (members: Record<string, unknown>) => string | null): Prove {
  return ({ text }) => {
    const members = tryJsonObject(text);
    const cited = members && shows(members);
    return cited === null ? null : startProof(cited);
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const match = (text: string, pattern: RegExp) => pattern.exec(text)?.[0] ?? null;

export const proveServerStatus = pageProof(({ title, text }) =>
  title === "Apache Status" && text.includes("Server uptime:")
    ? match(text, /Server Version: \S+(?: \(\w+\))?/)
    : null,
);

export const proveServerInfo = pageProof(({ title, text }) =>
  title === "Server Information" && text.includes("Module Name:")
    ? match(text, /Server Version: \S+(?: \(\w+\))?/)
    : null,
);

/** ngx_http_stub_status_module: four lines of numbers and nothing else. */
export const proveStubStatus: Prove = (content) =>
  matchProof(
    content,
    /^Active connections: \d{1,9} \r?\nserver accepts handled requests\r?\n \d+ \d+ \d+/.exec(content.text),
  );

export const proveFpmStatus: Prove = (content) =>
  /^process manager: +\w+$/m.test(content.text) && /^accepted conn: +\d+$/m.test(content.text)
    ? matchProof(content, /^pool: +\S+/.exec(content.text))
    : null;

export const provePhpinfo = pageProof(({ title, text }) =>
  /^(?:PHP [\w.+~-]+ - )?phpinfo\(\)$/.test(title) && text.includes("Configuration File (php.ini) Path")
    ? match(text, /PHP Version [\w.+~-]+/)
    : null,
);

/** Spring Boot 2 and later. Names of property sources are shown, their values are not. */
export const proveActuatorEnv = jsonProof(({ activeProfiles, propertySources }) => {
  if (!Array.isArray(activeProfiles) || !Array.isArray(propertySources)) return null;
  const names = propertySources.map((source: unknown) =>
    isObject(source) && "name" in source ? String(source.name) : "?",
  );
  return names.length > 0 ? `property sources: ${names.join(", ")}` : null;
});

/** Only with the parts of the system listed: a bare `{"status":"UP"}` is made to be public. */
export const proveActuatorHealth = jsonProof(({ status, components }) => {
  if (typeof status !== "string" || !isObject(components)) return null;
  const names = Object.keys(components);
  return names.length > 0 ? `components: ${names.join(", ")}` : null;
});

/** Endpoints of an actuator that tell or do more than health and info. */
function offered(members: Record<string, unknown>): string[] {
  const links = isObject(members._links) ? members._links : {};
  const isIndex = isObject(links.self) && typeof links.self.href === "string";
  return isIndex ? Object.keys(links).filter((name) => !/^(?:self|health|info)\b/.test(name)) : [];
}

/** The index lists what is exposed. The dump is not asked for: making it stops the application for a while. */
export const proveActuatorHeapdump = jsonProof((members) =>
  offered(members).includes("heapdump") ? "_links: heapdump" : null,
);

export const proveActuatorIndex = jsonProof((members) => {
  const names = offered(members);
  return names.length > 0 ? `_links: ${names.join(", ")}` : null;
});

export const proveJolokia = jsonProof(({ request, value }) =>
  isObject(request) && request.type === "version" && isObject(value) && typeof value.agent === "string"
    ? `Jolokia ${value.agent}`
    : null,
);

/** The interactive console, not the page that shows one error. */
export const proveWerkzeugConsole = pageProof(({ title, scripts }) =>
  /Werkzeug Debugger$/.test(title) ? match(scripts, /\bEVALEX = true\b/) : null,
);

export const proveSymfonyProfiler = pageProof(({ title, text }) =>
  /\bSymfony Profiler\b/.test(title) &&
  /\b(?:Token|results found|Search Results|Profile Search)\b/i.test(text)
    ? title
    : null,
);

export const proveTelescope = pageProof(({ scripts, ids }) =>
  ids.has("telescope") ? match(scripts, /\bwindow\.Telescope\s*=/) : null,
);

export const proveHorizon = pageProof(({ scripts, ids }) =>
  ids.has("horizon") ? match(scripts, /\bwindow\.Horizon\s*=/) : null,
);

export const proveIgnition = jsonProof(({ can_execute_commands: canExecute }) =>
  canExecute === true ? "can_execute_commands: true" : null,
);

export const proveRailsRoutes = pageProof(({ headings, text }) =>
  headings.includes("Routes") && /\bController#Action\b/.test(text)
    ? "Routes: Helper, Controller#Action"
    : null,
);

export const proveElmah = pageProof(({ title, text }) =>
  /^Error log for\b/i.test(title) && /Powered by ELMAH\b/.test(text) ? "Powered by ELMAH" : null,
);

export const proveAspTrace = pageProof(({ headings, text }) =>
  headings.some((heading) => heading === "Application Trace") && text.includes("Requests to this Application")
    ? "Application Trace"
    : null,
);

export const provePprof: Prove = (content) =>
  content.text.includes("Types of profiles available:")
    ? matchProof(content, /\/debug\/pprof\//.exec(content.text))
    : null;

export const proveExpvar = jsonProof(({ cmdline, memstats }) =>
  Array.isArray(cmdline) && isObject(memstats) ? "cmdline, memstats" : null,
);

/** Prometheus text format: a type line and a sample of the same name. */
export const proveMetrics: Prove = (content) =>
  content.isHtml
    ? null
    : matchProof(
        content,
        /^# TYPE (\w{1,200}) (?:counter|gauge|histogram|summary|untyped)\r?\n\1[ {_]/m.exec(content.text),
      );

export const proveElasticsearch = jsonProof(({ cluster_name: name, number_of_nodes: nodes, status }) =>
  typeof name === "string" && typeof nodes === "number" && typeof status === "string"
    ? `cluster with ${nodes} nodes: ${status}`
    : null,
);

export const proveSolr = jsonProof(({ lucene, jvm }) =>
  isObject(lucene) && isObject(jvm) && typeof lucene["solr-spec-version"] === "string"
    ? `Solr ${lucene["solr-spec-version"]}`
    : null,
);

/** What Jenkins tells who is not logged in. */
export const proveJenkins = jsonProof(({ _class: name, jobs }) =>
  name === "hudson.model.Hudson" && Array.isArray(jobs)
    ? `hudson.model.Hudson with ${jobs.length} jobs`
    : null,
);

export const provePhpMyAdmin = pageProof(({ title, fields }) =>
  /\bphpMyAdmin\b/.test(title) && (fields.has("pma_username") || fields.has("pma_servername")) ? title : null,
);

export const proveAdminer = pageProof(({ title, fields }) =>
  /\bAdminer\b/.test(title) && fields.has("auth[driver]") ? title : null,
);

export const proveGrafana = pageProof(({ scripts }) => match(scripts, /\bgrafanaBootData\b/));

/** Kibana's status without a login. */
export const proveKibana = jsonProof(({ name, version, status }) =>
  typeof name === "string" && isObject(version) && typeof version.number === "string" && isObject(status)
    ? `Kibana ${version.number}`
    : null,
);

export const proveH2Console = pageProof(({ title, scripts }) =>
  title === "H2 Console" && /\blogin\.jsp\b/.test(scripts) ? title : null,
);

export const proveTomcatExamples = pageProof(({ title, headings }) =>
  /^(?:Apache Tomcat Examples|Servlets? Examples?)$/.test(title) && headings.length > 0 ? title : null,
);

/** What a fresh installation shows: a product's own title and the words under it. */
const DEFAULT_PAGES: readonly [title: RegExp, words: RegExp][] = [
  [/^Welcome to nginx!$/, /nginx web server is successfully installed/],
  [/^Apache2 \w+ Default Page/, /It works!/],
  [
    /^(?:Apache HTTP Server )?Test Page\b.*\b(?:Apache|Fedora|CentOS|Red Hat|Amazon)/i,
    /test(?:ing)? (?:page|the proper operation)/i,
  ],
  [/^Welcome page$/, /placeholder page installed by the \w+ release of the lighttpd/i],
  [/^IIS(?: Windows(?: Server)?|\d)?$/, /^/],
  [/^Apache Tomcat\/\d/, /successfully installed Tomcat/],
  [/^Apache Tomcat$/, /setup Tomcat successfully/],
  [/^Caddy works!$/, /Caddy/],
  [/^Welcome to OpenResty!$/, /OpenResty web platform is successfully installed/],
  [/^The install worked successfully! Congratulations!$/, /DEBUG ?= ?True/],
  // Apache's own, without a title and with nothing else.
  [/^$/, /^It works!$/],
];

export const proveDefaultPage = pageProof(({ title, text }) =>
  DEFAULT_PAGES.some(([titles, words]) => titles.test(title) && words.test(text)) ? title || text : null,
);
