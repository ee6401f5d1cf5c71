import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "@jest/globals";
import { type BodyPreparer, type BodyStore, createBodyPreparer, createLocalStore } from "@picket/storage";

interface UsedBodies {
  /** Where they are kept. */
  dir: string;
  bodies: BodyStore;
  preparer: BodyPreparer;
}

/** An empty folder of bodies for the tests of a file. */
export async function useBodies(): Promise<UsedBodies> {
  const dir = await mkdtemp(join(tmpdir(), "picket-bodies-"));
  const preparer = createBodyPreparer();
  afterAll(async () => {
    await preparer.close();
    await rm(dir, { recursive: true });
  });
  return { dir, bodies: createLocalStore({ dir }), preparer };
}
