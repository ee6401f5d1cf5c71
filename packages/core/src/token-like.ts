/** What frameworks call the tokens of one page or session: Rails, Django, ASP.NET, Laravel, Symfony, WordPress, Drupal, Magento. */
const TOKEN_NAME =
  /csrf|xsrf|authenticity|verificationtoken|antiforgery|viewstate|eventvalidation|nonce|token|form[_-]?(?:key|id|build)|captcha/i;

/** True for names of parameters whose value belongs to one page or session, so that it must be fetched fresh. */
export function isTokenName(name: string): boolean {
  return TOKEN_NAME.test(name);
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const TOKEN = /^[\w+/=.~-]{24,}$/;

/** True for values that look made by a random generator: long, of mixed characters, and no identifier such as a UUID. */
export function looksLikeToken(value: string): boolean {
  if (UUID.test(value) || !TOKEN.test(value)) return false;
  const isHex = /^[0-9a-f]+$/i.test(value);
  if (isHex) return value.length >= 32 && new Set(value).size >= 8;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(value));
  return kinds.length === 3 && new Set(value).size >= 12;
}
