import { describe, expect, it } from "@jest/globals";
import { AppError } from "@picket/core";
import { moduleConfigs } from "./module-config.ts";

const crawl = {
  name: "crawl",
  configSchema: {
    type: "object",
    properties: {
      maxPages: { type: "integer", minimum: 1, maximum: 500, default: 200 },
      robots: { type: "object", properties: { obey: { type: "boolean", default: true } }, default: {} },
    },
  },
  defaultConfig: { maxPages: 200, robots: { obey: true } },
};
const cookies = { name: "cookies", configSchema: { type: "object", properties: {} }, defaultConfig: {} };

function issuesOf(settings: Parameters<typeof moduleConfigs>[1]): unknown {
  try {
    moduleConfigs([crawl, cookies], settings);
  } catch (error) {
    return error instanceof AppError && { code: error.code, issues: error.details?.issues };
  }
  return null;
}

describe("moduleConfigs", () => {
  it("gives every plugin its defaults, complete", () => {
    const configs = moduleConfigs([crawl, cookies], {});
    expect(configs.get("crawl")).toEqual({ maxPages: 200, robots: { obey: true } });
    expect(configs.get("cookies")).toEqual({});
  });

  it("lays given settings over the defaults and completes nested ones", () => {
    const configs = moduleConfigs([crawl, cookies], { crawl: { maxPages: 5, robots: {} } });
    expect(configs.get("crawl")).toEqual({ maxPages: 5, robots: { obey: true } });
  });

  it("names every wrong setting and every unknown plugin at once", () => {
    const settings = { crawl: { maxPages: 0, depth: 3 }, crawler: {}, cookies: { strict: true } };
    expect(issuesOf(settings)).toEqual({
      code: "INVALID_INPUT",
      issues: [
        { path: "settings.crawler", message: "no plugin of this name is registered" },
        { path: "settings.crawl.maxPages", message: expect.stringContaining("1") },
        { path: "settings.crawl.depth", message: "there is no such setting" },
        { path: "settings.cookies.strict", message: "there is no such setting" },
      ],
    });
  });

  it("takes a plugin's name for no more than a name", () => {
    expect(moduleConfigs([{ ...cookies, name: "constructor" }], {}).get("constructor")).toEqual({});
  });

  it("blames the plugin when its schema cannot be used", () => {
    const broken = { ...crawl, configSchema: { type: "nothing" } };
    expect(() => moduleConfigs([broken], { crawl: { maxPages: 1 } })).toThrow(/settings of crawl/);
    expect(moduleConfigs([broken], {}).get("crawl")).toEqual(crawl.defaultConfig);
  });
});
