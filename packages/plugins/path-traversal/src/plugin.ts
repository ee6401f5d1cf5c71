import { definePlugin, judgeEach } from "@picket/plugin-sdk";
import { EVERY_POSITION, readSurface } from "@picket/plugin-sdk/surface";
import { z } from "zod";
import { FILE_INCLUSION, PATH_TRAVERSAL } from "./claims.ts";
import { filePoints } from "./file-points.ts";
import { probePoint } from "./probe.ts";

export const plugin = definePlugin({
  name: "path-traversal",
  description:
    "Names files of the system in every parameter, and knows them by their content; and programs, which PHP includes.",
  version: "1.3.0",
  requiredCapabilities: ["http:intrusive", "auth:use"],
  stage: "probe",
  emits: [PATH_TRAVERSAL.type, FILE_INCLUSION.type],
  limits: { timeoutMs: 1_200_000 },
  config: z.object({}),
  async *run(scan, context) {
    const points = await readSurface(scan, context, { positions: EVERY_POSITION });
    const files = scan.focus ? [] : await filePoints(context);
    yield* judgeEach([...points, ...files], (point) => probePoint(point, context));
  },
});
