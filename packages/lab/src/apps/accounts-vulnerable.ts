import { ACCOUNTS, accountsSite } from "../accounts/accounts-site.ts";
import type { Application } from "../application.ts";
import type { ExpectedFinding } from "../expectation.ts";

const MUST_FIND: readonly ExpectedFinding[] = [
  { type: "object-of-another-user", severity: "high", where: "/orders/{id}" },
  { type: "object-of-another-user", severity: "high", where: "/api/receipts/{id}" },
  { type: "missing-authentication", severity: "high", where: "/api/people" },
];

/** Asks who somebody is, and not whose the order is. */
export const accountsVulnerable: Application = {
  description: "A shop whose customers can read each other's orders, and everybody who the customers are",
  expectation: {
    mustFind: MUST_FIND,
    mustNotFind: [],
    onlyTypes: [...new Set(MUST_FIND.map(({ type }) => type))],
  },
  keys: { primary: ACCOUNTS.ana, comparison: ACCOUNTS.ben },
  create: () =>
    accountsSite({
      mayRead: () => true,
      needsLogin: false,
      refuse: (response) => void response.sendStatus(404),
    }),
};
