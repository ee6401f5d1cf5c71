import type { Claim } from "@picket/plugin-sdk";

const WSTG =
  "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing";
const TRANSPORT = `${WSTG}/09-Testing_for_Weak_Cryptography/03-Testing_for_Sensitive_Information_Sent_via_Unencrypted_Channels`;
const CSRF =
  "https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html";
const SESSION = "https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html";
const MDN = "https://developer.mozilla.org/en-US/docs/Web/Security";

const HTTPS = [
  "Serve the whole site over HTTPS and redirect plain HTTP to it.",
  "nginx: server { listen 80; return 301 https://$host$request_uri; }",
  "Apache: RewriteEngine on, RewriteCond %{HTTPS} off, RewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]",
  'Express behind a proxy: app.set("trust proxy", 1) and a redirect when !request.secure',
].join("\n");

export const CLAIMS = {
  "password-over-http": {
    type: "password-over-http",
    title: "A password is sent over plain HTTP",
    description:
      "A form with a password field was served over plain HTTP, or sends it there. Whoever is on the way reads the password, or changes the form.",
    severity: "medium",
    remediation: HTTPS,
    references: [TRANSPORT],
    cwe: 319,
  },
  "form-over-http": {
    type: "form-over-http",
    title: "A form on a secure page sends its data over plain HTTP",
    description: "The page came over HTTPS, but the form's action is a plain HTTP address.",
    severity: "medium",
    remediation: `Make the form's action relative, or an https: address.\n${HTTPS}`,
    references: [`${MDN}/Mixed_content`, TRANSPORT],
    cwe: 319,
  },
  "password-in-url": {
    type: "password-in-url",
    title: "A form puts the password into the URL",
    description:
      "A form with a password field is sent by GET, so that the password becomes part of the address: it is kept in histories, logs and referrers.",
    severity: "medium",
    remediation: 'Write <form method="post">, and let the server accept the fields from the body only.',
    references: [
      `${WSTG}/04-Authentication_Testing/01-Testing_for_Credentials_Transported_over_an_Encrypted_Channel`,
    ],
    cwe: 598,
  },
  "missing-csrf-token": {
    type: "missing-csrf-token",
    title: "A form of a logged-in session carries no anti-forgery token",
    description:
      "The session's cookie is sent with requests that other sites cause (SameSite=None, or none stated), and a form that is sent by POST has no field in the form of an anti-forgery token. If nothing else protects it, another site can send it in the visitor's name.",
    severity: "low",
    remediation: [
      "Set SameSite=Lax or Strict on the session's cookie, and put a token into each form that the server compares.",
      "Django: {% csrf_token %}; Rails: protect_from_forgery; Laravel: @csrf; Spring Security: on by default",
      "Express: csrf-csrf, or compare the headers Sec-Fetch-Site and Origin with your own",
      "ASP.NET Core: [AutoValidateAntiforgeryToken]",
    ].join("\n"),
    references: [CSRF],
    cwe: 352,
  },
  "mixed-content-active": {
    type: "mixed-content-active",
    title: "A secure page loads scripts, styles or frames over plain HTTP",
    description:
      "Browsers block what could change the page, so that it does not work as written; older ones load it, and whoever is on the way can put script into it.",
    severity: "medium",
    remediation:
      "Use https: addresses. Content-Security-Policy: upgrade-insecure-requests has browsers do that.",
    references: [TRANSPORT, `${MDN}/Mixed_content`],
    cwe: 319,
  },
  "mixed-content-passive": {
    type: "mixed-content-passive",
    title: "A secure page loads pictures or media over plain HTTP",
    description: "Whoever is on the way sees which pictures are loaded and can replace them.",
    severity: "low",
    remediation:
      "Use https: addresses. Content-Security-Policy: upgrade-insecure-requests has browsers do that.",
    references: [TRANSPORT, `${MDN}/Mixed_content`],
    cwe: 319,
  },
  "script-over-http": {
    type: "script-over-http",
    title: "A script of another host is loaded over plain HTTP",
    description:
      "The page itself came over plain HTTP, and so does a script from another host: both can be changed on the way.",
    severity: "low",
    remediation: "Use https: addresses for what comes from other hosts.",
    references: [TRANSPORT],
    cwe: 319,
  },
  "missing-sri": {
    type: "missing-sri",
    title: "Scripts or styles of other hosts are loaded without an integrity hash",
    description:
      "The page loads a script or style sheet of a fixed version from another host and does not say what it must be. Whoever controls that host decides what runs on the page, or how it looks.",
    severity: "info",
    remediation: [
      "Host the file yourself, or add its hash:",
      '<script src="https://cdn.example.com/x-1.2.3.js" integrity="sha384-…" crossorigin="anonymous"></script>',
      "Content-Security-Policy names the hosts that scripts may come from.",
    ].join("\n"),
    references: [
      "https://cheatsheetseries.owasp.org/cheatsheets/Third_Party_Javascript_Management_Cheat_Sheet.html",
      `${MDN}/Subresource_Integrity`,
    ],
    cwe: 353,
  },
  "session-in-url": {
    type: "session-in-url",
    title: "A session's id is part of addresses",
    description:
      "A link, a redirect or a requested address carries a session's id. Addresses are kept in histories and logs, shown to others, and sent as referrers.",
    severity: "medium",
    remediation: [
      "Keep the id in a cookie with HttpOnly, Secure and SameSite.",
      "Java: <tracking-mode>COOKIE</tracking-mode> in web.xml; Spring Boot: server.servlet.session.tracking-modes=cookie",
      "PHP: session.use_only_cookies = 1, session.use_trans_sid = 0",
      'ASP.NET: <sessionState cookieless="UseCookies"/>',
    ].join("\n"),
    references: [`${SESSION}#session-id-exchange-mechanisms`],
    cwe: 598,
  },
} satisfies Record<string, Claim>;

export type ClaimId = keyof typeof CLAIMS;
