import type { Application } from "../application.ts";
import { contentOf, fetchingSite } from "./fetching-site.ts";

/** Asks for whatever address it is given, and shows what was there, or not. */
export const fetchingVulnerable: Application = {
  description: "A site that fetches pictures and articles from any address",
  expectation: {
    mustFind: [
      { type: "ssrf", severity: "high", where: "/preview" },
      { type: "ssrf", severity: "high", where: "/avatar" },
    ],
    mustNotFind: [],
  },
  create: () => fetchingSite({ preview: contentOf, avatar: (address) => void contentOf(address) }),
};
