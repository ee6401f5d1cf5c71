/**
 * A version 7 UUID (RFC 9562 §5.7): 48 bits of milliseconds, then randomness, so ids sort by the time they were made
 * and an index on them grows at its end.
 */
export function uuidv7(now: number = Date.now()): string {
  const time = now.toString(16).padStart(12, "0");
  // The platform keeps randomness for version 4 UUIDs in stock; past their version they are laid out alike.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}
