import { definePlugin, judgeEach, type Verdict } from "@picket/plugin-sdk";
import { z } from "zod";
import { MISSING_AUTHENTICATION, OBJECT_OF_ANOTHER_USER } from "./claims.ts";
import { judgeObject, judgePublicity } from "./judge.ts";
import { knowUsers } from "./know-users.ts";
import { type PrivatePage, readPages } from "./read-pages.ts";
import { createViewer } from "./viewer.ts";

export const plugin = definePlugin({
  name: "access-control",
  description:
    "Asks for what a logged-in user was shown as another user and as nobody, to see whether only this user may have it.",
  version: "1.0.0",
  requiredCapabilities: ["http:active", "auth:use", "auth:compare"],
  stage: "probe",
  emits: [OBJECT_OF_ANOTHER_USER.type, MISSING_AUTHENTICATION.type],
  limits: { timeoutMs: 1_200_000 },
  config: z.object({
    maxRoutes: z.int().min(1).max(1_000).default(100).describe("Routes to ask for as somebody else, at most"),
  }),
  async *run({ focus, identities, target: { baseUrl } }, { session, http, settings, log }) {
    if (!identities.includes("primary")) return log.info("nothing to compare: the scan has no auth profile");
    const pages = await readPages(session);
    const places = focus?.map(({ url }) => url);
    const judged = places ? pages.filter(({ url }) => places.includes(url)) : pages;
    if (judged.length > settings.maxRoutes)
      log.warn("route cap reached", {
        maxRoutes: settings.maxRoutes,
        left: judged.length - settings.maxRoutes,
      });
    const viewer = createViewer(http);
    const others = identities.filter((identity) => identity !== "primary");
    const users = await knowUsers(viewer, pages, { baseUrl, others });
    const about = { viewer, users, baseUrl };
    const judge = async (page: PrivatePage): Promise<Verdict | null> =>
      (await judgePublicity(page, about)) ??
      (identities.includes("comparison") ? judgeObject(page, about) : null);
    yield* judgeEach(judged.slice(0, settings.maxRoutes), judge);
  },
});
