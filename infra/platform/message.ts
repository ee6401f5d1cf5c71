/** What an error says; for several at once (as a refused connection to `localhost` gives) what each says. */
export function toMessage(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.map(toMessage).join("; ");
  return error instanceof Error ? error.message : String(error);
}
