import { definePlugin, focusedUrls, judgeEach } from "@picket/plugin-sdk";
import { z } from "zod";
import { FILE_WRITE } from "./claims.ts";
import { foldersOf } from "./folders.ts";
import { probeFolder } from "./probe.ts";

export const plugin = definePlugin({
  name: "resource-methods",
  description: "Stores a file of its own by PUT in folders of the target, reads it back and takes it away.",
  version: "1.0.0",
  requiredCapabilities: ["http:intrusive"],
  stage: "probe",
  emits: [FILE_WRITE.type],
  config: z.object({
    maxFolders: z.int().min(1).max(100).default(5).describe("Folders to store a file in, at most"),
  }),
  async *run({ focus, target, may }, { session, http, settings }) {
    if (!may.submitForms) return;
    const folders = focus
      ? focusedUrls(focus, "PUT")
      : await foldersOf(session, target.baseUrl, settings.maxFolders);
    // One after the other: what one stores must not be another's control.
    yield* judgeEach(folders, (folder) => probeFolder(http, folder), { atOnce: 1 });
  },
});
