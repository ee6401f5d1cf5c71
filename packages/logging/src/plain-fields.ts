import { isError } from "@picket/core";
import { isSecretKey, MASK } from "./mask.ts";

const MAX_DEPTH = 6;
const MAX_ITEMS = 100;
const MAX_TEXT = 8_192;

/**
 * Fields as plain JSON values, with secrets masked: those under a secret key whole, those in texts by `mask`. Errors
 * become {name, code, message, hint, details, stack, cause}; what is too deep, too long or circular is cut with a mark.
 */
export function plainFields(
  fields: Readonly<Record<string, unknown>>,
  mask: (text: string) => string,
): Record<string, unknown> {
  const ancestors: object[] = [];

  function plain(value: unknown): unknown {
    if (typeof value === "string") return cut(mask(value));
    if (typeof value === "bigint" || typeof value === "symbol") return mask(String(value));
    if (typeof value === "function") return undefined;
    return typeof value === "object" && value !== null ? plainObject(value) : value;
  }

  function plainObject(value: object): unknown {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
    if (value instanceof URL) return mask(value.href);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (ancestors.includes(value)) return "[circular]";
    if (ancestors.length >= MAX_DEPTH) return "[too deep]";
    ancestors.push(value);
    const result = plainMembers(value);
    ancestors.pop();
    return result;
  }

  function plainMembers(value: object): unknown {
    if (Array.isArray(value) || value instanceof Set) return [...value].slice(0, MAX_ITEMS).map(plain);
    if (isError(value)) return members(errorMembers(value));
    if (value instanceof Map) return members([...value].map(([key, item]) => [String(key), item]));
    return members(Object.entries(value));
  }

  function members(entries: [string, unknown][]): Record<string, unknown> {
    const kept = entries.slice(0, MAX_ITEMS).filter(([, value]) => value !== undefined);
    return Object.fromEntries(
      kept.map(([key, value]) => [mask(key), hides(key, value) ? MASK : plain(value)]),
    );
  }

  return members(Object.entries(fields));
}

/** A count or a flag under a secret key is no secret. */
function hides(key: string, value: unknown): boolean {
  return isSecretKey(key) && value !== null && typeof value !== "number" && typeof value !== "boolean";
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… [${text.length} characters]` : text;
}

function errorMembers(error: Error): [string, unknown][] {
  const { name, message, stack, cause } = error;
  const { code, hint, details } = error as { code?: unknown; hint?: unknown; details?: unknown };
  const errors = error instanceof AggregateError ? error.errors : undefined;
  return Object.entries({ name, code, message, hint, details, stack, cause, errors });
}
