import { type Claim, WSTG_FILES } from "./claim.ts";

const WSTG_PANELS =
  "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/02-Configuration_and_Deployment_Management_Testing/05-Enumerate_Infrastructure_and_Application_Admin_Interfaces";
const ACTUATOR = "https://docs.spring.io/spring-boot/reference/actuator/endpoints.html";

/** How a server keeps a path to those inside. */
const inside = (path: string) =>
  `nginx: location ${path} { allow 10.0.0.0/8; deny all; }\nApache: <Location "${path}"> Require ip 10.0.0.0/8 </Location>`;

const NO_DEBUG =
  "Switch the debugging tool off in production, where its package need not be installed at all.";

/** Pages and interfaces that are meant for those who run the application. */
export const PANEL_CLAIMS = {
  "exposed-server-status": {
    title: "Apache status page is public",
    description:
      "The page of mod_status shows the server's version and load, and with ExtendedStatus the addresses and URLs of current requests.",
    severity: "medium",
    remediation:
      "Let it be read from inside only.\nApache: <Location /server-status> Require local </Location>, or disable mod_status.",
    references: [WSTG_PANELS, "https://httpd.apache.org/docs/2.4/mod/mod_status.html"],
    cwe: 497,
  },
  "exposed-phpinfo": {
    title: "phpinfo() is public",
    description:
      "The page shows PHP's version and configuration, paths, and environment variables, which may hold secrets.",
    severity: "medium",
    remediation: "Remove the file.",
    references: [WSTG_PANELS, "https://www.php.net/manual/en/function.phpinfo.php"],
    cwe: 497,
  },
  "exposed-actuator-env": {
    title: "Spring Boot environment is public",
    description:
      "The actuator endpoint env lists property sources with their keys, and values where they are not masked.",
    severity: "high",
    remediation:
      "Expose only what is needed: management.endpoints.web.exposure.include=health, and put the rest behind authentication or on a port of its own (management.server.port).",
    references: [WSTG_PANELS, "https://docs.spring.io/spring-boot/reference/actuator/endpoints.html"],
    cwe: 497,
  },
  "exposed-actuator-health": {
    title: "Spring Boot health shows the system's parts",
    description:
      "The actuator endpoint health lists databases, queues and other parts of the system to everyone.",
    severity: "low",
    remediation:
      "Set management.endpoint.health.show-details and show-components to never or when-authorized.",
    references: [WSTG_PANELS, "https://docs.spring.io/spring-boot/reference/actuator/endpoints.html"],
    cwe: 497,
  },
  "exposed-server-info": {
    title: "Apache configuration is public",
    description: "The page of mod_info shows the server's modules and its configuration with all paths.",
    severity: "medium",
    remediation: `Disable mod_info, or let it be read from inside only.\n${inside("/server-info")}`,
    references: [WSTG_PANELS, "https://httpd.apache.org/docs/2.4/mod/mod_info.html"],
    cwe: 497,
  },
  "exposed-nginx-status": {
    title: "nginx status page is public",
    description: "The page of stub_status shows how many connections and requests the server handles.",
    severity: "low",
    remediation:
      "Let it be read from inside only: location = /nginx_status { stub_status; allow 127.0.0.1; deny all; }",
    references: [WSTG_PANELS, "https://nginx.org/en/docs/http/ngx_http_stub_status_module.html"],
    cwe: 497,
  },
  "exposed-fpm-status": {
    title: "PHP-FPM status page is public",
    description:
      "The page shows the pool's processes; with ?full also the scripts and queries they are working on.",
    severity: "low",
    remediation:
      "Remove pm.status_path from the pool, or use pm.status_listen and answer it to the inside only.",
    references: [WSTG_PANELS, "https://www.php.net/manual/en/fpm.status.php"],
    cwe: 497,
  },
  "exposed-actuator-index": {
    title: "Spring Boot actuator is public",
    description:
      "The index of the actuator lists endpoints beyond health and info, which tell or change how the application runs.",
    severity: "low",
    remediation:
      "Expose only what is needed: management.endpoints.web.exposure.include=health, and put the rest behind authentication or on a port of its own (management.server.port).",
    references: [WSTG_PANELS, ACTUATOR],
    cwe: 497,
  },
  "exposed-actuator-heapdump": {
    title: "Spring Boot offers a dump of its memory",
    description:
      "The public index of the actuator lists heapdump. A dump of the memory holds passwords, keys and sessions. It was not downloaded, because making it stops the application for a while.",
    severity: "medium",
    remediation:
      "Do not expose it: management.endpoints.web.exposure.include=health and management.endpoint.heapdump.access=none.",
    references: [WSTG_PANELS, ACTUATOR],
    cwe: 497,
  },
  "exposed-jolokia": {
    title: "JMX can be reached over HTTP",
    description:
      "Jolokia answers without a login: it reads, and often changes, what the Java application manages by JMX.",
    severity: "high",
    remediation: "Remove the agent, or have it ask for a login (jolokia-access.xml, authMode).",
    references: [WSTG_PANELS, "https://jolokia.org/reference/html/manual/security.html"],
    cwe: 306,
  },
  "exposed-werkzeug-console": {
    title: "Python console is public",
    description:
      "Werkzeug's debugger offers an interactive console. Whoever knows or works out its PIN runs code on the server.",
    severity: "high",
    remediation:
      "Never run the development server in production. Flask: debug=False, and serve it by gunicorn or uWSGI.",
    references: [WSTG_PANELS, "https://werkzeug.palletsprojects.com/en/stable/debug/"],
    cwe: 489,
  },
  "exposed-symfony-profiler": {
    title: "Symfony profiler is public",
    description: "The profiler shows past requests with their sessions, cookies, queries and settings.",
    severity: "high",
    remediation: `Set APP_ENV=prod and APP_DEBUG=0. ${NO_DEBUG}`,
    references: [WSTG_PANELS, "https://symfony.com/doc/current/profiler.html"],
    cwe: 489,
  },
  "exposed-laravel-dashboard": {
    title: "Laravel dashboard is public",
    description: "Telescope or Horizon shows requests, queries, jobs and exceptions with their data.",
    severity: "high",
    remediation:
      "Restrict the gate: Gate::define('viewTelescope', …) or viewHorizon in its service provider, with APP_ENV=production.",
    references: [WSTG_PANELS, "https://laravel.com/docs/telescope#dashboard-authorization"],
    cwe: 489,
  },
  "exposed-laravel-ignition": {
    title: "Laravel error page can run solutions",
    description: "Ignition answers that it may run commands. Its old versions let anyone run code by that.",
    severity: "high",
    remediation: "Set APP_DEBUG=false and APP_ENV=production, and update facade/ignition.",
    references: [WSTG_PANELS, "https://nvd.nist.gov/vuln/detail/CVE-2021-3129"],
    cwe: 489,
  },
  "exposed-rails-routes": {
    title: "Rails runs in development mode",
    description:
      "The page of routes, which Rails shows in development only, lists every route of the application.",
    severity: "medium",
    remediation: "Run it with RAILS_ENV=production (config.consider_all_requests_local = false).",
    references: [WSTG_PANELS, "https://guides.rubyonrails.org/configuring.html"],
    cwe: 489,
  },
  "exposed-dotnet-trace": {
    title: "Log of ASP.NET errors or requests is public",
    description: "ELMAH or the trace page shows past requests with their headers, cookies and forms.",
    severity: "high",
    remediation:
      'Set <trace enabled="false"/> and, for ELMAH, <security allowRemoteAccess="false"/> with <authorization> around elmah.axd.',
    references: [WSTG_PANELS, "https://elmah.github.io/a/securing-error-log-pages/"],
    cwe: 489,
  },
  "exposed-go-debug": {
    title: "Go profiling is public",
    description:
      "net/http/pprof or expvar shows the program's command line and memory, and profiles cost it time.",
    severity: "medium",
    remediation: "Serve them by a ServeMux and a port of their own, bound to the inside.",
    references: [WSTG_PANELS, "https://pkg.go.dev/net/http/pprof"],
    cwe: 489,
  },
  "exposed-metrics": {
    title: "Metrics are public",
    description: "Metrics of Prometheus tell of versions, load, routes and parts of the system.",
    severity: "low",
    remediation: `Let them be read by the monitoring only.\n${inside("/metrics")}`,
    references: [WSTG_PANELS, "https://prometheus.io/docs/operating/security/"],
    cwe: 497,
  },
  "exposed-search-engine": {
    title: "Search engine answers without a login",
    description:
      "Elasticsearch or Solr answers questions about itself to everyone; its data is likely to be as open.",
    severity: "high",
    remediation:
      "Switch its security on (xpack.security.enabled: true; Solr: security.json), and do not route it to the outside.",
    references: [WSTG_PANELS],
    cwe: 306,
  },
  "exposed-jenkins": {
    title: "Jenkins can be read without a login",
    description: "Anonymous visitors may read Jenkins: its jobs, and what they print.",
    severity: "medium",
    remediation: "Manage Jenkins → Security: take the right Overall/Read from Anonymous.",
    references: [WSTG_PANELS, "https://www.jenkins.io/doc/book/security/access-control/"],
    cwe: 306,
  },
  "exposed-kibana": {
    title: "Kibana answers without a login",
    description: "Kibana tells its version and state to everyone; its data is likely to be as open.",
    severity: "medium",
    remediation:
      "Switch security on in Elasticsearch (xpack.security.enabled: true) or have a proxy ask for a login.",
    references: [WSTG_PANELS],
    cwe: 306,
  },
  "exposed-h2-console": {
    title: "Database console is public",
    description:
      "The console of the H2 database asks for a login that often is the default, and runs SQL, which can run code.",
    severity: "high",
    remediation: "Spring Boot: spring.h2.console.enabled=false. The driver is for tests.",
    references: [WSTG_PANELS, "https://www.h2database.com/html/security.html"],
    cwe: 489,
  },
  "exposed-admin-panel": {
    title: "Administration can be reached by everyone",
    description:
      "The login of a tool for administrators stands open to guessed passwords and to its own flaws.",
    severity: "low",
    remediation: `Let it be reached from inside only, or by a second factor before it.\n${inside("/phpmyadmin")}`,
    references: [WSTG_PANELS],
    cwe: 1188,
  },
  "default-page": {
    title: "Default page of the server",
    description:
      "The server shows what a fresh installation shows: nothing was put there, or the default site answers.",
    severity: "info",
    remediation:
      "Remove the default site, or have unknown host names refused.\nnginx: server { listen 80 default_server; return 444; }\nApache: a2dissite 000-default",
    references: [WSTG_FILES],
    cwe: 1188,
  },
  "exposed-examples": {
    title: "Examples of the server are installed",
    description:
      "Programs that come with the server as examples can be run by everyone; they let sessions be changed.",
    severity: "low",
    remediation: "Remove the folders examples and docs from Tomcat's webapps.",
    references: [WSTG_PANELS, "https://tomcat.apache.org/tomcat-10.1-doc/security-howto.html"],
    cwe: 1188,
  },
} satisfies Record<string, Claim>;
