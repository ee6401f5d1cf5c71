import type { Application } from "../application.ts";
import { DOM_LOOKALIKES } from "../leaky/dom.ts";
import { INFORMATION_LOOKALIKES } from "../leaky/information.ts";
import { LIBRARY_LOOKALIKES } from "../leaky/libraries.ts";
import { SECRET_LOOKALIKES } from "../leaky/secrets.ts";
import { SESSION_LOOKALIKES } from "../leaky/sessions.ts";
import { createSite } from "../site.ts";

/** Articles, examples and public values that look like what `leaky` gives away. */
export const leakySafe: Application = {
  description: "Articles, examples and public values that only look like leaks",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  create: () =>
    createSite([
      ...SECRET_LOOKALIKES,
      ...INFORMATION_LOOKALIKES,
      ...SESSION_LOOKALIKES,
      ...LIBRARY_LOOKALIKES,
      ...DOM_LOOKALIKES,
    ]),
};
