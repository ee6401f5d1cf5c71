/** What a page says: its words, each once, in lower case. */
export type Words = ReadonlySet<string>;

/** Markup counts as well: it is the same wherever it stands, and so tells nothing. */
export function wordsOf(text: string): Words {
  return new Set(
    text
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word.length > 1),
  );
}

/** E-mail addresses, in lower case. */
export function addressesIn(text: string): Words {
  const found = text
    .toLowerCase()
    .match(/[a-z0-9][a-z0-9._+-]{0,63}@[a-z0-9][a-z0-9.-]{0,100}\.[a-z]{2,24}/g);
  return new Set(found);
}

export function shared(one: Words, other: Words): Words {
  return new Set([...one].filter((word) => other.has(word)));
}

export function without(words: Words, ...others: readonly Words[]): Words {
  return new Set([...words].filter((word) => others.every((other) => !other.has(word))));
}

/** How much of `words` stands in `whole`: 0 to 1; of no words nothing does. */
export function shareIn(words: Words, whole: Words): number {
  return words.size === 0 ? 0 : shared(words, whole).size / words.size;
}
