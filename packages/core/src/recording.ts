import { z } from "zod";
import type { DescribedEndpoint } from "./api-description.ts";
import { jsonLeaves } from "./json-leaves.ts";
import { parseJson } from "./parse-json.ts";
import { type EndpointParameter, MAX_EXAMPLE_LENGTH, type ParameterPosition } from "./plugin-event.ts";

const Pair = z.object({ name: z.string(), value: z.string().default("") });

/** What is read of a HAR 1.2 recording; answers are not. @see http://www.softwareishard.com/blog/har-12-spec/ */
const Recording = z.object({
  log: z.object({
    entries: z.array(
      z.object({
        request: z.object({
          method: z.string(),
          url: z.string(),
          postData: z
            .object({
              mimeType: z.string().default(""),
              text: z.string().optional(),
              params: z.array(Pair).optional(),
            })
            .optional(),
        }),
      }),
    ),
  }),
});

type Body = NonNullable<z.infer<typeof Recording>["log"]["entries"][number]["request"]["postData"]>;

/** Parameters that are read of one request, as many as an endpoint may have. */
const MAX_PARAMETERS = 200;
const MAX_NAME_LENGTH = 256;

function parameter(name: string, position: ParameterPosition, value: string): EndpointParameter[] {
  if (name === "" || name.length > MAX_NAME_LENGTH) return [];
  return [
    { name, in: position, ...(value !== "" && value.length <= MAX_EXAMPLE_LENGTH && { example: value }) },
  ];
}

function bodyParameters({ mimeType, text = "", params }: Body): EndpointParameter[] {
  if (/json/i.test(mimeType))
    return jsonLeaves(tryParseJson(text), MAX_PARAMETERS).flatMap(([name, value]) =>
      parameter(name, "json", value),
    );
  if (params && params.length > 0) return params.flatMap(({ name, value }) => parameter(name, "form", value));
  if (!/urlencoded/i.test(mimeType)) return [];
  return [...new URLSearchParams(text)].flatMap(([name, value]) => parameter(name, "form", value));
}

function tryParseJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    // Cut off, or not what its type says: it names no parameters.
    return null;
  }
}

/** The requests of a HAR 1.2 recording; null when the document is none. */
export function recordedEndpoints(document: unknown): DescribedEndpoint[] | null {
  const recording = Recording.safeParse(document);
  if (!recording.success) return null;
  return recording.data.log.entries.map(({ request: { method, url, postData } }) => ({
    method: method.toUpperCase(),
    url,
    parameters: postData ? bodyParameters(postData).slice(0, MAX_PARAMETERS) : [],
  }));
}
