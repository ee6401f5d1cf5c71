import type { FindingInput } from "@picket/plugin-sdk";

/** What does not depend on where a finding shows. */
type Claim = Pick<
  FindingInput,
  "type" | "title" | "description" | "severity" | "remediation" | "references" | "cwe"
> & {
  /** Tells findings of one type apart. */
  key: string;
};

const MDN = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers";
const OWASP_HEADERS = "https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html";
const OWASP_CSP = "https://cheatsheetseries.owasp.org/cheatsheets/Content_Security_Policy_Cheat_Sheet.html";

/** One setting in the three places where it is mostly made. */
function setHeader(name: string, value: string, express: string): string {
  return [
    `nginx: add_header ${name} "${value}" always;`,
    `Apache: Header always set ${name} "${value}"`,
    `Express: ${express}`,
  ].join("\n");
}

const CSP_SETTING = `Start with a policy that names your own sources and allows inline scripts by nonce only; try it with Content-Security-Policy-Report-Only first.\n${setHeader(
  "Content-Security-Policy",
  "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'",
  "app.use(helmet())",
)}`;

const HSTS_SETTING = setHeader(
  "Strict-Transport-Security",
  "max-age=31536000; includeSubDomains",
  "app.use(helmet({ strictTransportSecurity: { maxAge: 31536000 } }))",
);

const REFERRER_SETTING = setHeader(
  "Referrer-Policy",
  "strict-origin-when-cross-origin",
  'app.use(helmet({ referrerPolicy: { policy: "strict-origin-when-cross-origin" } }))',
);

function weakCsp(
  key: string,
  claim: Pick<Claim, "title" | "description" | "severity"> & { remedy: string },
): Claim {
  const { remedy, ...rest } = claim;
  return {
    ...rest,
    type: "weak-csp",
    key,
    remediation: `${remedy}\n${CSP_SETTING}`,
    references: [`${MDN}/Content-Security-Policy`, OWASP_CSP],
    cwe: 693,
  };
}

/**
 * Severities follow the weights of MDN's HTTP Observatory: 20 points or more lost is medium, less is low, a header
 * whose absence costs nothing is info.
 */
export const CLAIMS = {
  "missing-hsts": {
    type: "missing-hsts",
    key: "",
    title: "No Strict-Transport-Security header",
    description:
      "The site is served over HTTPS but does not tell browsers to stay there. A first request over plain HTTP can be read and changed on the way.",
    severity: "medium",
    remediation: HSTS_SETTING,
    references: [`${MDN}/Strict-Transport-Security`, OWASP_HEADERS],
    cwe: 319,
  },
  "weak-hsts": {
    type: "weak-hsts",
    key: "",
    title: "Strict-Transport-Security does not last",
    description:
      "The header has no valid max-age, or one below six months, so that browsers forget it between visits.",
    severity: "low",
    remediation: HSTS_SETTING,
    references: [`${MDN}/Strict-Transport-Security`, OWASP_HEADERS],
    cwe: 319,
  },
  "missing-csp": {
    type: "missing-csp",
    key: "",
    title: "No Content-Security-Policy",
    description:
      "Pages are served without a Content-Security-Policy, in a header or in the document. Nothing limits what an injected script can load and do.",
    severity: "medium",
    remediation: CSP_SETTING,
    references: [`${MDN}/Content-Security-Policy`, OWASP_CSP],
    cwe: 693,
  },
  "scripts-unrestricted": weakCsp("scripts-unrestricted", {
    title: "Content-Security-Policy does not restrict scripts",
    description: "The policy has neither script-src nor default-src, so scripts of any kind run.",
    severity: "medium",
    remedy: "Add script-src or default-src.",
  }),
  "any-script-source": weakCsp("any-script-source", {
    title: "Content-Security-Policy allows scripts from anywhere",
    description:
      "The sources for scripts include *, a whole scheme or data:, so an injected script element can load from any host.",
    severity: "medium",
    remedy: "Name the hosts that scripts come from, or use nonces with 'strict-dynamic'.",
  }),
  "inline-scripts": weakCsp("inline-scripts", {
    title: "Content-Security-Policy allows inline scripts",
    description:
      "The sources for scripts include 'unsafe-inline' without a nonce, a hash or 'strict-dynamic', so injected script text runs.",
    severity: "medium",
    remedy: "Replace 'unsafe-inline' by a nonce that is new with every response.",
  }),
  eval: weakCsp("eval", {
    title: "Content-Security-Policy allows eval",
    description: "The sources for scripts include 'unsafe-eval', so strings can become code.",
    severity: "low",
    remedy: "Remove 'unsafe-eval'; libraries that need it have builds that do not.",
  }),
  "object-unrestricted": weakCsp("object-unrestricted", {
    title: "Content-Security-Policy does not restrict plug-ins",
    description:
      "The policy has neither object-src nor default-src, so that an injected object element can run scripts.",
    severity: "low",
    remedy: "Add object-src 'none'.",
  }),
  "base-unrestricted": weakCsp("base-unrestricted", {
    title: "Content-Security-Policy allows any base address",
    description:
      "The policy trusts scripts by nonce or hash and has no base-uri: an injected base element makes relative addresses of trusted scripts lead elsewhere.",
    severity: "low",
    remedy: "Add base-uri 'none' or 'self'.",
  }),
  "bypassable-host": weakCsp("bypassable-host", {
    title: "Content-Security-Policy allows a host that serves scripts for anyone",
    description:
      "The sources for scripts include a host with a JSONP endpoint or a copy of AngularJS, by which injected markup can run scripts despite the policy.",
    severity: "low",
    remedy: "Name the script's whole path, or use nonces with 'strict-dynamic'.",
  }),
  "short-nonce": weakCsp("short-nonce", {
    title: "Content-Security-Policy has a short nonce",
    description: "The nonce has fewer than eight characters, so that it can be guessed.",
    severity: "low",
    remedy: "Make nonces of 16 random bytes or more.",
  }),
  misspelt: weakCsp("misspelt", {
    title: "Content-Security-Policy has a mistake that browsers skip",
    description:
      "A directive is unknown, a keyword lacks its quotes, or a semicolon is missing: browsers ignore that part.",
    severity: "low",
    remedy: "Correct the spelling; the browser's console names the part.",
  }),
  "observatory-grade": {
    type: "observatory-grade",
    key: "",
    title: "The front page's security headers are graded below A",
    description:
      "Graded by the modifiers of MDN's HTTP Observatory; the evidence lists them. The causes are findings of their own, this one is their sum.",
    severity: "info",
    remediation: "Put right what takes points away, the largest first.",
    references: [
      "https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring",
      "https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html",
    ],
    cwe: 693,
  },
  "missing-frame-protection": {
    type: "missing-frame-protection",
    key: "",
    title: "Pages can be framed by other sites",
    description:
      "Neither frame-ancestors in a Content-Security-Policy header nor X-Frame-Options keeps other sites from showing the page in a frame, where clicks can be led astray (clickjacking).",
    severity: "medium",
    remediation: `Use frame-ancestors; X-Frame-Options is for browsers that do not know it.\n${setHeader(
      "Content-Security-Policy",
      "frame-ancestors 'self'",
      "app.use(helmet())",
    )}`,
    references: [
      `${MDN}/Content-Security-Policy/frame-ancestors`,
      "https://cheatsheetseries.owasp.org/cheatsheets/Clickjacking_Defense_Cheat_Sheet.html",
    ],
    cwe: 1021,
  },
  "missing-content-type-options": {
    type: "missing-content-type-options",
    key: "",
    title: "No X-Content-Type-Options: nosniff",
    description:
      "Browsers may guess another type than the one declared and run as script or style what was meant as data.",
    severity: "low",
    remediation: setHeader("X-Content-Type-Options", "nosniff", "app.use(helmet())"),
    references: [`${MDN}/X-Content-Type-Options`, OWASP_HEADERS],
    cwe: 693,
  },
  "missing-referrer-policy": {
    type: "missing-referrer-policy",
    key: "",
    title: "No Referrer-Policy",
    description:
      "What other sites learn of the visited address is left to the browser. Current ones send the origin only; older ones the whole URL.",
    severity: "info",
    remediation: REFERRER_SETTING,
    references: [`${MDN}/Referrer-Policy`, OWASP_HEADERS],
    cwe: 200,
  },
  "weak-referrer-policy": {
    type: "weak-referrer-policy",
    key: "",
    title: "Referrer-Policy sends whole URLs to other sites",
    description:
      "The policy makes browsers send path and query of the visited page to other sites, with whatever they carry.",
    severity: "low",
    remediation: REFERRER_SETTING,
    references: [`${MDN}/Referrer-Policy`, OWASP_HEADERS],
    cwe: 200,
  },
} satisfies Record<string, Claim>;

export type ClaimId = keyof typeof CLAIMS;
