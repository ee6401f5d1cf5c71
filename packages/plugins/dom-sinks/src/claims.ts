import type { Claim } from "@picket/plugin-sdk";
import type { SinkKind } from "./flows.ts";

const DOM_XSS = "https://cheatsheetseries.owasp.org/cheatsheets/DOM_based_XSS_Prevention_Cheat_Sheet.html";

/** By what becomes of the value. */
export const CLAIMS: Readonly<Record<SinkKind, Claim>> = {
  markup: {
    type: "dom-xss-sink",
    title: "A script writes part of the address into the page as markup",
    description:
      "The way from the address, or from another site's message, into the page is open in the script: nothing on it escapes or checks the value. Whoever has a visitor follow a prepared link then runs scripts as the visitor. Picket read the script and did not run it.",
    severity: "medium",
    remediation: [
      "Write text as text: element.textContent = value; in jQuery $(element).text(value).",
      "Where markup is meant, clean it: element.innerHTML = DOMPurify.sanitize(value).",
      "React, Vue and Angular escape by default: do without dangerouslySetInnerHTML, v-html and bypassSecurityTrustHtml.",
      "A policy that stops the rest: Content-Security-Policy: require-trusted-types-for 'script'",
    ].join("\n"),
    references: [DOM_XSS, "https://owasp.org/www-community/attacks/DOM_Based_XSS"],
    cwe: 79,
  },
  code: {
    type: "dom-code-sink",
    title: "A script runs part of the address as code",
    description:
      "A part of the address, or of another site's message, is handed to eval, Function or a timer as text. Whoever has a visitor follow a prepared link then runs scripts as the visitor. Picket read the script and did not run it.",
    severity: "medium",
    remediation: [
      "Read data with JSON.parse, and choose functions from a list: const run = ACTIONS[name]; run?.().",
      "Hand functions to timers, not text: setTimeout(() => show(value), 100).",
      "Content-Security-Policy without 'unsafe-eval' stops the rest.",
    ].join("\n"),
    references: [DOM_XSS, "https://developer.mozilla.org/docs/Web/JavaScript/Reference/Global_Objects/eval"],
    cwe: 95,
  },
  navigation: {
    type: "dom-redirect-sink",
    title: "A script sends visitors where the address says",
    description:
      "A part of the address becomes the page's location without a check, so that a link to this site leads to any other, or with javascript: runs a script as the visitor. Picket read the script and did not run it.",
    severity: "low",
    remediation: [
      "Follow paths of the site alone: const to = new URL(value, location.origin); if (to.origin === location.origin) location.assign(to).",
      "Better, keep a list of destinations and put a name of one into the address.",
    ].join("\n"),
    references: [
      "https://cheatsheetseries.owasp.org/cheatsheets/Unvalidated_Redirects_and_Forwards_Cheat_Sheet.html",
    ],
    cwe: 601,
  },
};
