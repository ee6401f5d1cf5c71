import { createVerdicts, definePlugin } from "@picket/plugin-sdk";
import { z } from "zod";
import { createComponents } from "./components.ts";
import { detect } from "./detect.ts";
import { shownBy } from "./shown.ts";
import { disclosureOf, VERSION_DISCLOSURE } from "./version-disclosure.ts";

export const plugin = definePlugin({
  name: "tech-fingerprint",
  description: "Names the products that recorded responses show, with a version only where it is stated.",
  version: "1.1.0",
  requiredCapabilities: [],
  stage: "inspect",
  emits: [VERSION_DISCLOSURE],
  config: z.object({}),
  async *run(_scan, { session }) {
    const components = createComponents();
    const verdicts = createVerdicts();
    for await (const fetch of session.fetches()) {
      for (const detection of detect(await shownBy(fetch))) {
        const sighting = { detection, url: fetch.url, fetchId: fetch.id };
        components.add(sighting);
        const disclosure = disclosureOf(sighting, fetch.method);
        if (disclosure) verdicts.add(disclosure);
      }
    }
    yield* components.packs();
    yield* verdicts.packs();
  },
});
