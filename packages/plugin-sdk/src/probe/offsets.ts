/** Where `word` begins in a stretch of a text. */
export function* offsetsIn(text: string, marker: string, from = 0, to = text.length): Generator<number> {
  for (let at = text.indexOf(marker, from); at >= 0 && at < to; at = text.indexOf(marker, at + 1)) yield at;
}
