import { BANNER_VERSION, type CpeName, FILE_VERSION } from "./version.ts";

export interface Product {
  readonly name: string;
  /** As the NVD's dictionary has it; absent where it is not known for sure. */
  readonly cpe?: CpeName;
}

export interface Rule {
  readonly product: Product;
  /** Its group `version`, where it has one, is the version. */
  readonly pattern: RegExp;
}

function product(name: string, vendor?: string, cpeProduct?: string): Product {
  return vendor && cpeProduct ? { name, cpe: { vendor, product: cpeProduct } } : { name };
}

const PHP = product("PHP", "php", "php");
const ASP_NET = product("ASP.NET", "microsoft", "asp.net");
const TOMCAT = product("Apache Tomcat", "apache", "tomcat");
const WORDPRESS = product("WordPress", "wordpress", "wordpress");
const DRUPAL = product("Drupal", "drupal", "drupal");
const EXPRESS = product("Express");
const JQUERY = product("jQuery", "jquery", "jquery");
const JQUERY_UI = product("jQuery UI", "jqueryui", "jquery_ui");
const JQUERY_MIGRATE = product("jQuery Migrate");
const BOOTSTRAP = product("Bootstrap", "getbootstrap", "bootstrap");
const ANGULARJS = product("AngularJS");
const VUE = product("Vue.js");
const REACT = product("React", "facebook", "react");
const LODASH = product("Lodash", "lodash", "lodash");
const UNDERSCORE = product("Underscore.js", "underscorejs", "underscore");
const MOMENT = product("Moment.js", "momentjs", "moment");
const HANDLEBARS = product("Handlebars", "handlebarsjs", "handlebars");
const BACKBONE = product("Backbone.js");
const KNOCKOUT = product("Knockout", "knockoutjs", "knockout");
const D3 = product("D3");
const AXIOS = product("Axios", "axios", "axios");
const DOMPURIFY = product("DOMPurify", "cure53", "dompurify");
const SELECT2 = product("Select2", "select2", "select2");
const HTMX = product("htmx");
const ALPINE = product("Alpine.js");

/** `name/1.2.3` or the bare name, as a word of its own. */
function banner(of: Product, token: string): Rule {
  return { product: of, pattern: new RegExp(`(?<![\\w-])${token}(?:/${BANNER_VERSION})?(?![\\w/-])`, "i") };
}

/** A header that holds nothing but the version. */
function versionOnly(of: Product): Rule {
  return { product: of, pattern: new RegExp(`^${BANNER_VERSION}`) };
}

const present = (of: Product): Rule => ({ product: of, pattern: /^/ });

/** `Name 1.2.3` or `Name v1.2.3` at the start. */
function generator(of: Product, name: string): Rule {
  return { product: of, pattern: new RegExp(`^${name}(?:!|\\b)(?:[^\\d]*?\\bv?${BANNER_VERSION})?`, "i") };
}

/** Values of `<meta name="generator">` and of the header `x-generator`. */
export const GENERATOR_RULES: readonly Rule[] = [
  generator(WORDPRESS, "WordPress"),
  generator(DRUPAL, "Drupal"),
  generator(product("Joomla!", "joomla", "joomla!"), "Joomla"),
  generator(product("TYPO3", "typo3", "typo3"), "TYPO3"),
  generator(product("MediaWiki", "mediawiki", "mediawiki"), "MediaWiki"),
  generator(product("Ghost", "ghost", "ghost"), "Ghost"),
  generator(product("PrestaShop", "prestashop", "prestashop"), "PrestaShop"),
  generator(product("Hugo"), "Hugo"),
  generator(product("Jekyll"), "Jekyll"),
  generator(product("Docusaurus"), "Docusaurus"),
];

/** Headings of a server's own error pages. */
export const ERROR_PAGE_RULES: readonly Rule[] = [
  { product: TOMCAT, pattern: new RegExp(`^Apache Tomcat/${BANNER_VERSION}`) },
];

/** By header name. */
export const HEADER_RULES: Readonly<Record<string, readonly Rule[]>> = {
  server: [
    banner(product("Apache HTTP Server", "apache", "http_server"), "Apache(?! Tomcat)"),
    banner(product("nginx", "f5", "nginx"), "nginx"),
    banner(product("OpenResty", "openresty", "openresty"), "openresty"),
    banner(product("Microsoft IIS", "microsoft", "internet_information_services"), "Microsoft-IIS"),
    banner(product("lighttpd", "lighttpd", "lighttpd"), "lighttpd"),
    banner(product("LiteSpeed"), "LiteSpeed"),
    banner(product("Caddy", "caddyserver", "caddy"), "Caddy"),
    banner(product("Cloudflare"), "cloudflare"),
    banner(product("Envoy", "envoyproxy", "envoy"), "envoy"),
    banner(product("Gunicorn", "gunicorn", "gunicorn"), "gunicorn"),
    banner(product("Werkzeug", "palletsprojects", "werkzeug"), "Werkzeug"),
    banner(product("Python", "python", "python"), "(?:C?Python)"),
    banner(product("Kestrel"), "Kestrel"),
    banner(product("OpenSSL", "openssl", "openssl"), "OpenSSL"),
    banner(PHP, "PHP"),
    // The version after it is that of the connector's protocol, HTTP/1.1.
    { product: TOMCAT, pattern: /Apache-Coyote/ },
    {
      product: product("Jetty", "eclipse", "jetty"),
      pattern: new RegExp(`\\bJetty(?:\\(${BANNER_VERSION}\\))?`, "i"),
    },
  ],
  "x-powered-by": [
    banner(PHP, "PHP"),
    banner(EXPRESS, "Express"),
    banner(product("Next.js", "vercel", "next.js"), "Next\\.js"),
    { product: ASP_NET, pattern: /^ASP\.NET\b/i },
  ],
  "x-aspnet-version": [versionOnly(ASP_NET)],
  "x-aspnetmvc-version": [versionOnly(product("ASP.NET MVC"))],
  "x-jenkins": [versionOnly(product("Jenkins", "jenkins", "jenkins"))],
  "x-drupal-cache": [present(DRUPAL)],
  "x-drupal-dynamic-cache": [present(DRUPAL)],
  "x-generator": GENERATOR_RULES,
};

/** By cookie name. They tell the product and never its version. */
export const COOKIE_RULES: readonly Rule[] = [
  { product: PHP, pattern: /^PHPSESSID$/ },
  { product: product("Java Servlet"), pattern: /^JSESSIONID$/ },
  { product: ASP_NET, pattern: /^ASP\.NET_SessionId$/ },
  { product: product("ASP.NET Core"), pattern: /^\.AspNetCore\./ },
  { product: EXPRESS, pattern: /^connect\.sid$/ },
  { product: product("Laravel", "laravel", "laravel"), pattern: /^laravel_session$/ },
  { product: WORDPRESS, pattern: /^wordpress_(?:logged_in|test_cookie|sec_)/ },
  { product: product("ColdFusion"), pattern: /^CFID$/ },
];

/** Words that builds add to a library's file name, and hashes that bundlers add. */
const BUILD =
  "slim|min|prod|dev|production|development|global|runtime|common|umd|esm|bundle|full|core|all|[0-9a-f]{6,}";

/**
 * A library's script by its address: the file is called after it, and the version stands in the file's name or in the
 * folder called after it (`/jquery/1.12.4/jquery.min.js`, `/npm/vue@3.4.21/dist/vue.js`).
 */
function library(of: Product, stem: string, folder = stem): Rule {
  const file = `${stem}(?:[-._@]v?${FILE_VERSION})?(?:[-.](?:${BUILD}))*\\.m?js$`;
  const inFolder = `/(?:${folder})[@/]v?${FILE_VERSION}/(?:[^?#]*/)?${stem}(?:[-.](?:${BUILD}))*\\.m?js$`;
  return { product: of, pattern: new RegExp(`${inFolder}|(?:^|/)${file}`, "i") };
}

/** By the path of a `<script src>`. */
export const SCRIPT_RULES: readonly Rule[] = [
  library(JQUERY, "jquery"),
  library(JQUERY_UI, "jquery-ui", "jquery-?ui"),
  library(JQUERY_MIGRATE, "jquery-migrate"),
  library(BOOTSTRAP, "bootstrap", "(?:twitter-)?bootstrap"),
  library(ANGULARJS, "angular", "angular(?:\\.?js)?"),
  library(VUE, "vue"),
  library(REACT, "react"),
  library(LODASH, "lodash", "lodash(?:\\.js)?"),
  library(UNDERSCORE, "underscore", "underscore(?:\\.js)?"),
  library(MOMENT, "moment", "moment(?:\\.js)?"),
  library(HANDLEBARS, "handlebars", "handlebars(?:\\.js)?"),
  library(BACKBONE, "backbone", "backbone(?:\\.js)?"),
  library(KNOCKOUT, "knockout"),
  library(D3, "d3"),
  library(AXIOS, "axios"),
  library(DOMPURIFY, "purify", "dompurify"),
  library(SELECT2, "select2"),
  library(HTMX, "htmx", "htmx(?:\\.org)?"),
  library(ALPINE, "alpine", "alpinejs"),
];

/** A licence comment: `/*! Name v1.2.3`, on the first line or on the next ones. */
function comment(of: Product, name: string): Rule {
  return {
    product: of,
    pattern: new RegExp(`/\\*[!*]?(?:\\s|\\*|@license|@preserve)*${name} v?${BANNER_VERSION}`, "i"),
  };
}

/** By comments in the text of scripts. */
export const COMMENT_RULES: readonly Rule[] = [
  comment(JQUERY, "jQuery(?: JavaScript Library)?"),
  comment(JQUERY_UI, "jQuery UI(?: -)?"),
  comment(JQUERY_MIGRATE, "jQuery Migrate(?: -)?"),
  comment(BOOTSTRAP, "Bootstrap"),
  comment(ANGULARJS, "AngularJS"),
  comment(VUE, "Vue(?:\\.js)?"),
  comment(UNDERSCORE, "Underscore\\.js"),
  comment(HANDLEBARS, "handlebars"),
  comment(KNOCKOUT, "Knockout JavaScript library"),
  comment(DOMPURIFY, "DOMPurify"),
  comment(SELECT2, "Select2"),
];
