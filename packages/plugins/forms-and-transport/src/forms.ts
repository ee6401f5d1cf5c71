import { isTokenName } from "@picket/core";
import { type HtmlForm, readForms } from "@picket/plugin-sdk/surface";
import { type Document, isLocal } from "./document.ts";
import type { Weakness } from "./weakness.ts";

function hasPassword({ fields }: HtmlForm): boolean {
  return fields.some(({ type }) => type === "password");
}

function shown({ method, action, fields }: HtmlForm): string {
  return `<form method="${method.toLowerCase()}" action="${action}"> with ${fields.map(({ name }) => name).join(", ")}`;
}

/** Redaction leaves a mark in a token's place; what a token's name says is then all there is. */
const LONG_VALUE = /^[\w+/=.~:-]{20,}$|^\[redacted:/;

/** Joomla gives the field the token for its name. */
const TOKEN_AS_NAME = /^[0-9a-f]{32}$/;

/** A hidden field that changes with the page, under a name for such or not. */
function hasToken({ fields }: HtmlForm): boolean {
  return fields.some(
    ({ name, type, value }) =>
      isTokenName(name) || (type === "hidden" && (LONG_VALUE.test(value ?? "") || TOKEN_AS_NAME.test(name))),
  );
}

/** Some frameworks put the token into the page for their scripts, or compare a cookie of their own. */
function hasTokenElsewhere({ elements }: Document): boolean {
  return elements.some(({ name, attributes }) => name === "meta" && /csrf|xsrf/i.test(attributes.name ?? ""));
}

/** Searching and choosing a language change nothing that another site could want. */
const HARMLESS =
  /search|query|filter|sort|lang|locale|(?:^|[/_-])q(?:$|[/_-])|currency|theme|consent|newsletter/i;
/** Logging in has no session yet. */
const LOGIN = /log-?in|sign-?in|auth|session|register|sign-?up|forgot|reset/i;

function changesState(form: HtmlForm, path: string): boolean {
  const words = [path, ...form.fields.map(({ name }) => name)];
  if (form.method !== "POST" || form.fields.length === 0) return false;
  return !words.some((word) => HARMLESS.test(word)) && !LOGIN.test(path) && !hasPassword(form);
}

function csrfWeakness(form: HtmlForm, document: Document): Weakness[] {
  const target = document.resolve(form.action === "" ? document.url.href : form.action);
  if (target?.host !== document.url.host || !changesState(form, target.pathname)) return [];
  if (hasToken(form) || hasTokenElsewhere(document)) return [];
  return [{ claim: "missing-csrf-token", key: "", snippet: shown(form) }];
}

function transportWeakness(form: HtmlForm, { url, resolve, upgradesInsecure }: Document): Weakness[] {
  const target = resolve(form.action === "" ? url.href : form.action);
  const snippet = shown(form);
  if (isLocal(target ?? url)) return [];
  if (hasPassword(form) && (url.protocol === "http:" || target?.protocol === "http:"))
    return [{ claim: "password-over-http", key: "", snippet }];
  const isDowngrade = url.protocol === "https:" && target?.protocol === "http:" && !upgradesInsecure;
  return isDowngrade ? [{ claim: "form-over-http", key: "", snippet }] : [];
}

/** A form without fields that a script fills and sends is not judged by its method. */
function urlWeakness(form: HtmlForm): Weakness[] {
  const isSentByScript =
    form.action === "" || form.action.startsWith("#") || form.action.startsWith("javascript:");
  if (form.method !== "GET" || !hasPassword(form) || isSentByScript) return [];
  return [{ claim: "password-in-url", key: "", snippet: shown(form) }];
}

/** What is wrong with a page's forms. `isForgeable`: a session's cookie was seen that other sites' requests carry. */
export function formWeaknesses(document: Document, isForgeable: boolean): Weakness[] {
  return readForms(document.html).flatMap((form) => [
    ...transportWeakness(form, document),
    ...urlWeakness(form),
    ...(isForgeable ? csrfWeakness(form, document) : []),
  ]);
}
