import { lookup } from "node:dns/promises";
import { BlockList, isIPv4 } from "node:net";
import type { Application } from "../application.ts";
import { html } from "../html.ts";
import { contentOf, fetchingPage, fetchingSite } from "./fetching-site.ts";
import { readXml } from "./xml-reader.ts";

const HOSTS = new Set(["news.camp.example", "cdn.camp.example"]);

/** Names of a list, compared after parsing. */
function isAllowed(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === "https:" && url.username === "" && HOSTS.has(url.hostname);
}

const INSIDE = new BlockList();
for (const [network, bits] of [
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
  ["0.0.0.0", 8],
] as const)
  INSIDE.addSubnet(network, bits);

/** Any address outside: what a link preview is for. */
async function isOutside(address: string): Promise<boolean> {
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol)) return false;
  const found = await lookup(url.hostname, { all: true }).catch(() => []);
  return found.length > 0 && found.every(({ address: one }) => isIPv4(one) && !INSIDE.check(one));
}

const HELP = html`<p>Send <code>url=http://127.0.0.1:8080/</code> and a careless server says
<code>connect ECONNREFUSED 127.0.0.1:8080</code>, or reads <code>file:///etc/passwd</code>.</p>`;

/** Entities that are named and not loaded. */
const NOTHING = { load: async () => null };

/** Fetches from a list of hosts and, for previews, from outside alone; repeats and links what it does not fetch. */
export const fetchingSafe: Application = {
  description: "The same site, which fetches from its own list, or outside only, and links the rest",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  create() {
    const app = fetchingSite(
      {
        preview: async (address) =>
          (await isOutside(address)) ? contentOf(address) : `not shown: ${address}`,
        avatar: (address) => void (isAllowed(address) && contentOf(address)),
        feed: async (document) =>
          document.includes("<!DOCTYPE") ? `no DOCTYPE, please: ${document}` : readXml(document, NOTHING),
        order: async (document) => void (await readXml(document, NOTHING)),
      },
      ["/share?link=https%3A%2F%2Fnews.camp.example%2Ftents", "/help"],
    );
    app.get("/share", ({ query }, response) => {
      const link = String(query.link ?? "");
      const href = /^https?:\/\//.test(link) ? link : "/";
      response.send(
        fetchingPage("Share", html`<a href="${href}" rel="noreferrer">${link}</a><img alt="" src="${href}">`),
      );
    });
    app.get("/help", (_request, response) => void response.send(fetchingPage("Help", HELP)));
    return app;
  },
};
