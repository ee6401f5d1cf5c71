import type { Identity } from "@picket/core";
import type { Verdict } from "@picket/plugin-sdk";
import { bodyProof, heldControl, type Proof } from "@picket/plugin-sdk/probe";
import { MISSING_AUTHENTICATION, OBJECT_OF_ANOTHER_USER } from "./claims.ts";
import type { Users } from "./know-users.ts";
import { idOfNothing } from "./object-id.ts";
import { names, type PrivatePage } from "./read-pages.ts";
import type { View, Viewer } from "./viewer.ts";
import { addressesIn, shared, shareIn, type Words, without } from "./words.ts";

/** Of what only this object has, so much must be shown to somebody else; a count or a time may differ. */
const SAME = 0.9;
/** Of what only this object has, so much makes a page the same to those who are not logged in. */
const PUBLIC = 0.5;
/** Words that only this object has: fewer may be the same by chance. */
const MIN_WORDS = 3;

interface Case {
  readonly viewer: Viewer;
  readonly users: Users;
  readonly baseUrl: string;
}

function verdictOf(
  claim: typeof OBJECT_OF_ANOTHER_USER | typeof MISSING_AUTHENTICATION,
  page: PrivatePage,
  evidence: Proof[],
): Verdict {
  const { parameter = null } = page.id ?? {};
  const instance = { method: "GET", url: page.url };
  if (parameter === null) return { finding: { ...claim, rootCause: { level: "route" }, instance }, evidence };
  const at = { ...instance, parameter: { name: parameter, in: "query" as const } };
  return { finding: { ...claim, rootCause: { level: "parameter" }, instance: at }, evidence };
}

/**
 * The pages that lead the first user to the object, as somebody else is shown them. Null: one of them, or one of this
 * user's own pages, leads there too, or does not answer, so that the object may be shared.
 */
async function unawareReferrers(
  page: PrivatePage,
  identity: Identity,
  { viewer, users }: Case,
): Promise<View[] | null> {
  const leads = (view: View) =>
    view.isShown &&
    view.answer.response.url !== page.url &&
    names(view.text, { url: view.answer.response.url, isData: view.isData }, page.url, page.id);
  const views = await Promise.all(page.referrers.map((url) => viewer.see(identity, url)));
  const known = views.filter((view) => view !== null);
  if (known.length < views.length || [...known, ...viewsOf(users, identity)].some(leads)) return null;
  return known;
}

function viewsOf({ views }: Users, ...identities: Identity[]): View[] {
  return identities.flatMap((identity) => views.get(identity) ?? []);
}

/** The address that nothing is at, with its look. */
function nowhereOf({ url, id }: PrivatePage): string {
  if (id) return id.withId(idOfNothing(id.value));
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.replace(/\/$/, "")}-${idOfNothing("x")}`;
}

function addressOffset(text: string, addresses: Words): number | null {
  const found = [...addresses].map((one) => text.toLowerCase().indexOf(one)).filter((at) => at >= 0);
  return found[0] ?? null;
}

function controls(
  identity: Identity,
  parts: { nowhere: View; referrers: readonly View[]; witness?: View | undefined },
): Proof[] {
  const { nowhere, referrers, witness } = parts;
  return [
    heldControl(nowhere.answer, "an id that nothing has does not show it", { identity }),
    ...referrers.map(({ answer }) =>
      heldControl(answer, "the page that leads the first user there does not lead this one", { identity }),
    ),
    ...(witness
      ? [
          heldControl(witness.answer, "the first user's own page shows this one no such address", {
            identity,
          }),
        ]
      : []),
  ];
}

/** What only this object has: steady, not of the layout, and not there where nothing is. */
async function contentOf(
  page: PrivatePage,
  { viewer, users, baseUrl }: Case,
  nowhere: View,
): Promise<Words | null> {
  const [one, two, front] = [
    await viewer.see("primary", page.url),
    await viewer.seeAgain("primary", page.url),
    await viewer.see("primary", baseUrl),
  ];
  if (!one?.isShown || !two?.isShown) return null;
  const steady = shared(one.words, two.words);
  const others = viewsOf(users, "comparison", "anonymous").map(({ words }) => words);
  const own = without(steady, nowhere.words, front?.words ?? new Set(), ...others);
  const content = new Set([...own].filter((word) => !page.url.toLowerCase().includes(word)));
  return content.size >= MIN_WORDS ? content : null;
}

/**
 * Whether an object of the scan's user is shown to the comparison's user, too. One request where it is not, two where it
 * is public; six to nine more where it may be.
 */
export async function judgeObject(page: PrivatePage, about: Case): Promise<Verdict | null> {
  const { viewer, users } = about;
  if (page.id === null) return null;
  const theirs = await viewer.see("comparison", page.url);
  if (!theirs?.isShown) return null;
  const nobodys = await viewer.see("anonymous", page.url);
  const own = without(theirs.words, ...viewsOf(users, "comparison").map(({ words }) => words));
  if (!nobodys || (nobodys.isShown && shareIn(own, nobodys.words) >= SAME)) return null;
  const nowhere = await viewer.see("comparison", nowhereOf(page));
  const content = nowhere && (await contentOf(page, about, nowhere));
  if (!content || shareIn(content, theirs.words) < SAME) return null;
  if (nobodys.isShown && shareIn(content, nobodys.words) >= PUBLIC) return null;
  const referrers = await unawareReferrers(page, "comparison", about);
  const isOwners = shared(addressesIn(theirs.text), users.ownAddresses).size > 0;
  if (!referrers || (referrers.length === 0 && !isOwners)) return null;
  const again = isOwners ? await viewer.seeAgain("comparison", page.url) : null;
  if (isOwners && (!again?.isShown || shareIn(content, again.words) < SAME)) return null;
  const held = [
    ...controls("comparison", {
      nowhere,
      referrers,
      witness: isOwners ? users.witnesses.get("comparison") : undefined,
    }),
    heldControl(nobodys.answer, "who is not logged in is not shown it", { identity: "anonymous" }),
  ];
  return verdictOf(OBJECT_OF_ANOTHER_USER, page, [...shownTo(theirs, again, about), ...held]);
}

/** With the owner's address it is shown twice and by difference; without, it is like the first user's, once. */
function shownTo(theirs: View, again: View | null, { users }: Case): Proof[] {
  const details = { identity: "comparison" };
  if (!again) return [bodyProof("pattern", theirs.answer, null, details)];
  return [theirs, again].map(({ answer }, replay) =>
    bodyProof("differential", answer, addressOffset(answer.text, users.ownAddresses), { ...details, replay }),
  );
}

/** Its examples are often what the first users of the application are called. */
const API_DESCRIPTION = /["']?(?:openapi|swagger)["']?\s{0,8}:\s{0,8}["']?[23]\./;

/** Whether a page with the user's address can be read without a login. One request where it cannot; two to five more. */
export async function judgePublicity(page: PrivatePage, about: Case): Promise<Verdict | null> {
  const { viewer, users } = about;
  const shows = (view: View | null) =>
    view?.isShown === true &&
    !API_DESCRIPTION.test(view.text.slice(0, 20_000)) &&
    shared(addressesIn(view.text), users.privateAddresses).size > 0;
  const first = await viewer.see("anonymous", page.url);
  if (!first || !shows(first)) return null;
  const referrers = await unawareReferrers(page, "anonymous", about);
  const nowhere = await viewer.see("anonymous", nowhereOf(page));
  if (!referrers || !nowhere || shows(nowhere)) return null;
  const again = await viewer.seeAgain("anonymous", page.url);
  if (!again || !shows(again)) return null;
  const proofs = [first, again].map(({ answer }, replay) =>
    bodyProof("content_proof", answer, addressOffset(answer.text, users.privateAddresses), {
      identity: "anonymous",
      replay,
    }),
  );
  return verdictOf(MISSING_AUTHENTICATION, page, [
    ...proofs,
    ...controls("anonymous", { nowhere, referrers }),
  ]);
}
