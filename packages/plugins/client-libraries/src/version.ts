/** `1.9.0-rc.2` as numbers, with a release above its own previews: those end with a negative number. */
function parts(version: string): number[] {
  const [release = "", preview] = version.toLowerCase().split(/[.-]?(?=alpha|beta|rc|[ab]\d)/);
  const numbers = release.split(".").map((part) => Number.parseInt(part, 10) || 0);
  while (numbers.length < 3) numbers.push(0);
  if (preview === undefined) return [...numbers.slice(0, 3), 0];
  const rank = preview.startsWith("rc") ? 1 : preview.startsWith("b") ? 2 : 3;
  return [...numbers.slice(0, 3), -rank * 10_000 + Number(/\d+/.exec(preview)?.[0] ?? 0)];
}

/** Below zero when `a` is the older version. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  const at = left.findIndex((part, index) => part !== right[index]);
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}
