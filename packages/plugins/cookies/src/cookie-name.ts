/** Longest name that is reported; real ones are far shorter. */
const MAX_NAME = 128;
const RANDOM_PART = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,}|\d{5,}/gi;

/** The name with what differs from server to server or from visit to visit replaced, so that it names one cause. */
export function stableName(name: string): string {
  return name
    .replace(/^(ASPSESSIONID)[A-Z]{8}$/, "$1{id}")
    .replace(RANDOM_PART, "{id}")
    .slice(0, MAX_NAME);
}
