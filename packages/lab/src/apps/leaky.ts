import type { Application } from "../application.ts";
import { DOM_FINDINGS, DOM_PAGES } from "../leaky/dom.ts";
import { INFORMATION_FINDINGS, INFORMATION_PAGES } from "../leaky/information.ts";
import { LIBRARY_FINDINGS, LIBRARY_PAGES } from "../leaky/libraries.ts";
import { SECRET_FINDINGS, SECRET_PAGES } from "../leaky/secrets.ts";
import { SESSION_FINDINGS, SESSION_PAGES } from "../leaky/sessions.ts";
import { createSite } from "../site.ts";

/** A site that gives away more than it should, page by page. */
export const leaky: Application = {
  description: "Pages and scripts that give away keys, errors, code and files",
  expectation: {
    mustFind: [
      ...SECRET_FINDINGS,
      ...INFORMATION_FINDINGS,
      ...SESSION_FINDINGS,
      ...LIBRARY_FINDINGS,
      ...DOM_FINDINGS,
    ],
    mustNotFind: [],
  },
  create: () =>
    createSite([...SECRET_PAGES, ...INFORMATION_PAGES, ...SESSION_PAGES, ...LIBRARY_PAGES, ...DOM_PAGES]),
};
