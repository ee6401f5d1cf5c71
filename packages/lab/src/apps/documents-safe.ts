import type { Application } from "../application.ts";
import { fits } from "../documents/condition.ts";
import { documentsSite, sendRows } from "../documents/documents-site.ts";

const SIZES = ["large", "medium", "small"];
/** Operators that the filter of an interface offers to everybody. */
const OFFERED = new Set(["$eq", "$ne", "$in", "$gt"]);

const LINKS = ["/ignoring?size=small", "/first?size=small", "/filter?size=small", "/strict?size=small"];

/** Compares with texts alone; beside it, what takes objects without being injected into. */
export const documentsSafe: Application = {
  description:
    "The same store with texts alone; pages that ignore objects, take their first value, refuse them, or offer filters",
  expectation: { mustFind: [], mustNotFind: [], onlyTypes: [] },
  create: () =>
    documentsSite(
      {
        value: (sent) => String(sent),
        madeBy: (sent) => ({ code: "one.maker == maker", values: { maker: String(sent) } }),
      },
      LINKS,
      (app) => {
        app.get("/ignoring", ({ query: { size } }, response) =>
          sendRows(
            response,
            "Sizes",
            SIZES.filter((one) => typeof size !== "string" || one === size),
          ),
        );
        app.get("/first", ({ query: { size } }, response) => {
          const [first] = typeof size === "object" ? Object.values(size) : [size];
          sendRows(
            response,
            "Sizes",
            SIZES.filter((one) => one === first),
          );
        });
        app.get("/filter", ({ query: { size = "" } }, response) => {
          const operators = typeof size === "object" ? Object.keys(size) : [];
          const isOffered = operators.every((one) => OFFERED.has(one));
          sendRows(
            response,
            "Sizes",
            SIZES.filter((one) => isOffered && fits(one, size)),
          );
        });
        app.get("/strict", ({ query: { size } }, response) => {
          if (typeof size !== "string") return void response.status(400).send("size must be a text");
          sendRows(
            response,
            "Sizes",
            SIZES.filter((one) => one === size),
          );
        });
      },
    ),
};
