import { ACCOUNTS, accountsSite } from "../accounts/accounts-site.ts";
import type { Application } from "../application.ts";
import { SAFE_HEADERS } from "../safe-headers.ts";
import { documentOf } from "../site.ts";

/** Shows orders to their owners only, and says so to others with 200. */
export const accountsSafe: Application = {
  description: "The same shop with orders for their owners only; it refuses with 200",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  keys: { primary: ACCOUNTS.ana, comparison: ACCOUNTS.ben },
  create: () =>
    accountsSite({
      mayRead: (reader, owner) => reader === owner,
      needsLogin: true,
      refuse: (response) =>
        void response
          .set({ ...SAFE_HEADERS, "cache-control": "no-store" })
          .type("html")
          .send(documentOf("Camp", "<p>This order is not yours.</p>")),
    }),
};
