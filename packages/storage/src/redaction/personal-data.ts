import { type Marker, markSpans, type Span } from "./redaction-mark.ts";
import { isWordCharacter } from "./word-character.ts";

const AT_DOMAIN = /@(?:[A-Za-z0-9-]{1,63}\.){1,8}([A-Za-z]{2,24})(?![\w-])/g;
const MAX_LOCAL_PART = 64;
/** `icon@2x.png` is a file. */
const FILE_SUFFIX = /^(?:png|jpe?g|gif|webp|svg|avif|css|js|mjs|json)$/i;

export function markEmails(text: string, marker: Marker): string {
  return markSpans(text, emails(text), marker);
}

function* emails(text: string): Generator<Span> {
  let done = 0;
  for (const { index, 0: domain, 1: suffix = "" } of text.matchAll(AT_DOMAIN)) {
    const lowest = Math.max(done, index - MAX_LOCAL_PART);
    let start = index;
    while (start > lowest && isLocalPart(text.charCodeAt(start - 1))) start--;
    if (start === index || FILE_SUFFIX.test(suffix)) continue;
    done = index + domain.length;
    yield { kind: "email", start, end: done };
  }
}

function isLocalPart(code: number): boolean {
  return isWordCharacter(code) || code === 0x2e || code === 0x25 || code === 0x2b;
}

/** How a card's number begins. */
export const CARD_HEAD = /[2-6]\d{3}[ \d-]/;
/** 13 to 19 digits in groups, as issued by the card networks (ISO/IEC 7812: first digit 2 to 6), alone in the text. */
const CARD = /(?<![\w.-])[2-6]\d{3}(?:[ -]?\d){9,15}(?![\w-])/g;

export function markCards(text: string, marker: Marker): string {
  return text.replace(CARD, (value) => (hasCheckDigit(value) ? marker.mark("card", value) : value));
}

/** Luhn's formula (ISO/IEC 7812-1 annex B). */
function hasCheckDigit(value: string): boolean {
  let sum = 0;
  [...value.replace(/[ -]/g, "")].reverse().forEach((digit, index) => {
    const weighted = Number(digit) * (index % 2 === 0 ? 1 : 2);
    sum += weighted > 9 ? weighted - 9 : weighted;
  });
  return sum % 10 === 0;
}
