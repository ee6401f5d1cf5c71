import type { Application } from "../application.ts";
import { readText } from "../injection/files.ts";
import { contentOf, fetchingSite } from "./fetching-site.ts";
import { readXml } from "./xml-reader.ts";

/** A file of its own, or what is behind an address. */
async function load(address: string): Promise<string> {
  return address.startsWith("file://")
    ? (readText(address.slice("file://".length)) ?? "")
    : contentOf(address);
}

/** Asks for whatever address it is given, and shows what was there, or not. */
export const fetchingVulnerable: Application = {
  description: "A site that fetches pictures and articles from any address, and loads what documents name",
  expectation: {
    mustFind: [
      { type: "ssrf", severity: "high", where: "/preview" },
      { type: "ssrf", severity: "high", where: "/avatar" },
      { type: "xxe", severity: "high", where: "/feed" },
      { type: "xxe", severity: "high", where: "/orders" },
    ],
    mustNotFind: [],
  },
  create: () =>
    fetchingSite({
      preview: contentOf,
      avatar: (address) => void contentOf(address),
      feed: (document) => readXml(document, { load }),
      order: async (document) => void (await readXml(document, { load })),
    }),
};
