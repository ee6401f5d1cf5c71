import { z } from "zod";

/** One thing that is wrong with a request. `pointer` is a JSON pointer (RFC 6901) into the part named by `in`. */
export const ProblemIssue = z.object({
  in: z.enum(["body", "query", "path", "header"]),
  pointer: z.string(),
  message: z.string(),
});
export type ProblemIssue = z.infer<typeof ProblemIssue>;

/** Every error of the API, as `application/problem+json` (RFC 9457). */
export const Problem = z
  .object({
    type: z.string().describe("`urn:picket:problem:<code>`, in lower case with dashes."),
    title: z.string().describe("The kind of problem; the same for every problem of this code."),
    status: z.int(),
    detail: z.string().describe("What was wrong this time."),
    code: z.string().describe("Stable name of the kind, for programs."),
    hint: z.string().optional().describe("What to do about it."),
    errorId: z.string().describe("Also in the server's log."),
    errors: z.array(ProblemIssue).optional().describe("Every field that is wrong."),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof Problem>;
