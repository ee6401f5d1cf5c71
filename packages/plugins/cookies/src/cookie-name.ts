/** Longest name that is reported; real ones are far shorter. */
const MAX_NAME = 128;
const SESSION = /sess|auth(?!or)|token|jwt|remember|login|identity|(^|[-_.])sid$/i;
/** Scripts must read these to send them back in a header. */
const ANTI_FORGERY = /csrf|xsrf/i;
const RANDOM_PART = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,}|\d{5,}/gi;

/** True when the name says that the value opens a session or stands for a login. */
export function looksLikeSession(name: string): boolean {
  return SESSION.test(name) && !ANTI_FORGERY.test(name);
}

/** The name with what differs from server to server or from visit to visit replaced, so that it names one cause. */
export function stableName(name: string): string {
  return name
    .replace(/^(ASPSESSIONID)[A-Z]{8}$/, "$1{id}")
    .replace(RANDOM_PART, "{id}")
    .slice(0, MAX_NAME);
}
