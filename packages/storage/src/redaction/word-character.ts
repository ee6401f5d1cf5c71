const WORD = new Uint8Array(128);
for (const character of "-ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz0123456789")
  WORD[character.charCodeAt(0)] = 1;

/** True for an ASCII letter, digit, underscore or dash; false for what is out of range. */
export function isWordCharacter(code: number): boolean {
  return WORD[code] === 1;
}
