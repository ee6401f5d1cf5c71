import { z } from "zod";

/** A recording of a browser's visit can be large; its answers are not read. */
export const MAX_IMPORT_BYTES = 16 * 1024 * 1024;

export const NewImport = z.strictObject({
  text: z
    .string()
    .min(1)
    .max(MAX_IMPORT_BYTES)
    .describe(
      "The file: HAR 1.2 (JSON), OpenAPI 3 or Swagger 2 (JSON or YAML). Answers in a recording are ignored.",
    ),
});
export type NewImport = z.infer<typeof NewImport>;

export const ImportFormat = z.enum(["har", "openapi"]);
export type ImportFormat = z.infer<typeof ImportFormat>;

export const ImportLeftOut = z
  .object({
    reason: z
      .string()
      .describe("Why, as scans name refusals: `other_host`, `outside_base_path`, …, `method`, `too_many`."),
    count: z.int(),
    example: z.string().describe("The first of them, without its query."),
  })
  .meta({ id: "ImportLeftOut" });
export type ImportLeftOut = z.infer<typeof ImportLeftOut>;

export const ImportResource = z
  .object({
    format: ImportFormat,
    endpoints: z.int().describe("Different endpoints that the next scans take up."),
    leftOut: z.array(ImportLeftOut),
  })
  .meta({ id: "Import" });
export type ImportResource = z.infer<typeof ImportResource>;
