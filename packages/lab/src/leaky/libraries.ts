import type { ExpectedFinding } from "../expectation.ts";
import { documentOf, type SitePage } from "../site.ts";

const JS_TYPE = "text/javascript; charset=utf-8";

export const LIBRARY_PAGES: readonly SitePage[] = [
  {
    path: "/assets/vendor.js",
    type: JS_TYPE,
    body: '/*!\n  * Bootstrap v4.1.3 (https://getbootstrap.com/)\n  * Licensed under MIT\n  */\n!function(){"use strict"}();\n',
  },
];

export const LIBRARY_FINDINGS: readonly ExpectedFinding[] = [
  { type: "vulnerable-library", severity: "medium", where: "/assets/vendor.js" },
];

export const LIBRARY_LOOKALIKES: readonly SitePage[] = [
  {
    path: "/assets/jquery-3.7.1.min.js",
    type: JS_TYPE,
    body: "/*! jQuery v3.7.1 | (c) OpenJS Foundation and other contributors */\n!function(){}();\n",
  },
  {
    path: "/docs/upgrade",
    body: documentOf(
      "From jQuery 1.12.4 to 3.7.1",
      "<p>Replace <code>&lt;script src=&quot;https://code.jquery.com/jquery-1.12.4.min.js&quot;&gt;</code>.</p>",
    ),
  },
];
