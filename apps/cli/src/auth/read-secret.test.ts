import { Readable } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import { readSecrets } from "./read-secret.ts";

const read = (...given: string[]) =>
  readSecrets(given, { env: { SEED: "JBSWY3DP" }, stdin: Readable.from(["hunter2\nrest\n"]) });

describe("readSecrets", () => {
  it("takes a line of standard input and a variable", async () => {
    expect(await read("password=-", "totpSeed=env:SEED")).toEqual({
      password: "hunter2",
      totpSeed: "JBSWY3DP",
    });
  });

  it.each(["password=hunter2", "pin=-", "password", "password=env:"])(
    "refuses %s without repeating it",
    async (entry) => {
      const refused = read(entry);
      await expect(refused).rejects.toThrow("--secret names a field and where its value is");
      await expect(refused).rejects.not.toThrow(entry);
    },
  );

  it("says which one is not there", async () => {
    await expect(read("password=env:NONE")).rejects.toThrow("there is no password at env:NONE");
  });
});
