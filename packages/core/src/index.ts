import { z } from "zod";
import { readFile } from "node:fs/promises";
export const x = z.string();
export const y = readFile;
