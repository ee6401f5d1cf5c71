const SESSION = /sess|auth(?!or)|token|jwt|remember|login|logged.?in|identity|(?:^|[-_.])sid$|cfid$/i;
/** Scripts must read these to send them back in a header. */
const ANTI_FORGERY = /csrf|xsrf/i;
/** What is told of a session or a login without being it, as `session_count` or `loginHintClosed`. */
const ABOUT =
  /(?:[-_.]|(?<=[a-z])(?=[A-Z]))(?:count|seen|shown|hint|closed|dismissed|view|timeout|warning|expir\w{0,8}|started|start|time|lang|locale|theme|consent|method|type|status|state|mode|redirect|return|attempts?|provider|page|url|uri|error|message|banner|popup|step|tab)(?![a-z])/i;

/** True when the name of a cookie says that its value opens a session or stands for a login. */
export function isSessionCookieName(name: string): boolean {
  return SESSION.test(name) && !ANTI_FORGERY.test(name) && !ABOUT.test(name);
}

/** True when the name says that its value guards against requests that other sites cause. */
export function isAntiForgeryCookieName(name: string): boolean {
  return ANTI_FORGERY.test(name);
}
