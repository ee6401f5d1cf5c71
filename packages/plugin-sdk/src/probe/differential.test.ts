import { describe, expect, it } from "@jest/globals";
import { testHttpResponse } from "../testing/http-response.ts";
import { answerOf } from "./answer.ts";
import { type Conditions, proveDifferential } from "./differential.ts";
import { learnLikeness } from "./similarity.ts";

const CONDITIONS: Conditions = {
  alike: ({ a }) => `5 AND ${a}=${a}`,
  other: ({ a, b }) => `5 AND ${a}=${b}`,
  broken: ({ a }) => `5 AND AND ${a}=${a}`,
};

const FOUND = "<h1>Red tent</h1><p>Sleeps two, weighs three kilograms.</p>";
const NOTHING = "<h1>Nothing here</h1>";

interface Page {
  body: string;
  status?: number;
}

async function prove(page: (value: string, number: number) => Page) {
  const sent: string[] = [];
  const respond = (value: string) => {
    sent.push(value);
    return testHttpResponse(page(value, sent.length));
  };
  const one = () => ({ answer: answerOf(testHttpResponse(page("5", 0))), sent: "5" });
  const baseline = learnLikeness([one(), one()], "5");
  const proof = await proveDifferential(async (value) => respond(value), CONDITIONS, "5", baseline);
  return { proof, sent };
}

/** What a database makes of the value. */
function evaluate(value: string): boolean | null {
  const [, left, right] = /^5 AND (\d+)=(\d+)$/.exec(value) ?? [];
  if (value === "5") return true;
  return left === undefined ? null : left === right;
}

const truthful = (value: string): Page =>
  evaluate(value) === null
    ? { body: "<h1>Error</h1>", status: 500 }
    : { body: evaluate(value) ? FOUND : NOTHING };

describe("proveDifferential", () => {
  it("proves a value that is evaluated, with its controls between", async () => {
    const { proof, sent } = await prove(truthful);
    expect(sent).toHaveLength(9);
    const roles = proof?.shots.map(({ role }) => role) ?? [];
    expect(roles.slice(0, 3)).toEqual(["alike", "other", "broken"]);
    expect([...roles].sort().join()).toBe("alike,alike,alike,baseline,baseline,broken,other,other,other");
  });

  it("proves it on pages with tokens and with errors hidden", async () => {
    const { proof } = await prove((value) => ({
      body: `${evaluate(value) ? FOUND : NOTHING}<i>${Math.random()} ${Math.random()}</i>`,
    }));
    expect(proof).not.toBeNull();
  });

  it.each<[string, number, (value: string, number: number) => Page]>([
    ["a value that is not read at all", 2, () => ({ body: FOUND })],
    [
      "a value of which only the number is read",
      2,
      (v) => ({ body: Number.parseInt(v, 10) === 5 ? FOUND : "" }),
    ],
    ["a value that is looked up as it is", 1, (value) => ({ body: value === "5" ? FOUND : NOTHING })],
    ["a firewall", 1, (value) => (value === "5" ? { body: FOUND } : { body: "blocked", status: 403 })],
    [
      "a firewall that knows false from true",
      2,
      (value) => (evaluate(value) === true ? { body: FOUND } : { body: "blocked", status: 403 }),
    ],
    [
      "a parser that ends at what it does not know",
      3,
      (value) => ({ body: evaluate(value) === false ? NOTHING : FOUND }),
    ],
    ["a target that dies half-way", 6, (value, n) => (n > 5 ? { body: "", status: 502 } : truthful(value))],
  ])("is not fooled by %s", async (_, requests, page) => {
    const { proof, sent } = await prove(page);
    expect(proof).toBeNull();
    expect(sent.length).toBeLessThanOrEqual(requests);
  });

  it.each([2, 3])("is not fooled by %d pages that take turns", async (period) => {
    for (let phase = 0; phase < period; phase += 1) {
      const { proof } = await prove((_, number) => ({
        body: number === 0 || (number + phase) % period === 0 ? FOUND : NOTHING,
      }));
      expect(proof).toBeNull();
    }
  });
});
