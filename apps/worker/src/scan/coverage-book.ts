import {
  type Authentication,
  authenticationAt,
  type CoverageHealth,
  type Doubt,
  type ExchangeOutcome,
  exchangeHealth,
  healthRank,
  hidesDefects,
  hrefOf,
  tryParseWebUrl,
  type WebUrl,
} from "@picket/core";
import type { IsHealthyPlace, NewCoverage } from "@picket/db";
import { type RedactionPolicy, redactUrl } from "@picket/storage";

/** Places that one run keeps account of, about 10 MB; looks at others are counted. */
const MAX_PLACES = 20_000;

export interface Exchange {
  method: string;
  /** Absolute, or relative to the target's base URL. */
  url: string;
  /** When it was sent with the run's session, ms since 1970, or what is known of it; absent: without a session. */
  authenticated?: number | Authentication;
  /** Sent with another's session or none on purpose: that it is refused is an answer. */
  mayBeRefused?: boolean;
  /** Of a request that left. */
  fetchId?: string;
  /** The fetch whose answer this one stands in for: the broker asked again. */
  repeats?: string | undefined;
  /** When it began; absent: not known, or nothing was sent. */
  at?: Date | undefined;
}

/** Where a module run looks, and how healthy the answers are. */
export interface CoverageBook {
  /** A request of the run's own, one that was refused included. */
  request(exchange: Exchange, outcome: ExchangeOutcome): void;
  /**
   * An exchange that the run did not make: one that it was handed, or may not make. Where the run asked itself, its own
   * answers alone count. Of its own answers the worst that hides defects counts, else the best; of others the best.
   */
  look(exchange: Exchange, outcome: ExchangeOutcome): void;
  /** `doubts`: when the run's own session cannot be proven to have lived. */
  rows(doubts?: readonly Doubt[]): NewCoverage[];
  /**
   * The run's own requests, by health. A refusal counts where the scan has had a healthy answer: files that are only
   * guessed may well be forbidden.
   */
  exchanges(): Partial<Record<CoverageHealth, number>>;
  placesNotKept(): number;
}

export interface CoverageBookOptions {
  base: WebUrl;
  redaction: RedactionPolicy;
  /** Null: all places count. */
  isHealthyPlace: IsHealthyPlace | null;
}

/** Looks at one place that are kept apart; a doubt lasts longer than so many. */
const MAX_LOOKS = 20;

/** A look that is proven to have been authenticated counts, else one that was meant to be. */
function bestOf(looks: ReadonlySet<number | Authentication>, doubts: readonly Doubt[]): Authentication {
  const known = [...looks].map((look) => (typeof look === "number" ? authenticationAt(look, doubts) : look));
  return known.includes("authenticated")
    ? "authenticated"
    : known.includes("auth_lost")
      ? "auth_lost"
      : "anonymous";
}

const REFUSALS: ReadonlySet<CoverageHealth> = new Set(["auth_lost", "blocked", "rate_limited"]);

function healthOf({ mayBeRefused }: Exchange, outcome: ExchangeOutcome): CoverageHealth {
  const health = exchangeHealth(outcome);
  return mayBeRefused && (health === "auth_lost" || health === "blocked") ? "healthy" : health;
}

interface KeptPlace extends Omit<NewCoverage, "authentication" | "lookedAt"> {
  healthy: number;
  /** When the latest of those began that were as healthy as the best. */
  lookedAt: Date | undefined;
  /** When or how those were authenticated that were as healthy as the best. */
  looks: Set<number | Authentication>;
  /** The run asked for it itself. */
  isOwn: boolean;
  /** Own answers that hide defects, by fetch. */
  hiding: Map<string, CoverageHealth>;
}

function newPlace({
  authenticated,
  ...place
}: Pick<KeptPlace, "method" | "url" | "health" | "isOwn" | "lookedAt"> & {
  authenticated: number | Authentication;
}): KeptPlace {
  const healthy = place.health === "healthy" ? 1 : 0;
  return { ...place, healthy, exchanges: 1, looks: new Set([authenticated]), hiding: new Map() };
}

/** How authenticated the place was, and when, is said of its best look. */
function addLook(
  place: KeptPlace,
  health: CoverageHealth,
  { authenticated = "anonymous", at }: Exchange,
): void {
  place.exchanges += 1;
  if (health === "healthy") place.healthy += 1;
  if (healthRank(health) < healthRank(place.health))
    Object.assign(place, { health, looks: new Set(), lookedAt: undefined });
  if (health !== place.health) return;
  if (place.looks.size < MAX_LOOKS) place.looks.add(authenticated);
  if (at && (!place.lookedAt || at > place.lookedAt)) place.lookedAt = at;
}

function noteHiding(place: KeptPlace | undefined, exchange: Exchange, health: CoverageHealth): void {
  const { fetchId = crypto.randomUUID(), repeats } = exchange;
  if (repeats !== undefined) place?.hiding.delete(repeats);
  if (hidesDefects(health)) place?.hiding.set(fetchId, health);
}

function worstHidden(hiding: KeptPlace["hiding"]): CoverageHealth | undefined {
  return [...hiding.values()].sort((one, other) => healthRank(one) - healthRank(other))[0];
}

export function createCoverageBook({ base, redaction, isHealthyPlace }: CoverageBookOptions): CoverageBook {
  const places = new Map<string, KeptPlace>();
  const counts: Partial<Record<CoverageHealth, number>> = {};
  let notKept = 0;

  function keep(exchange: Exchange, health: CoverageHealth, isOwn: boolean): void {
    const { method, url, authenticated = "anonymous", at } = exchange;
    const key = `${method} ${url}`;
    const known = places.get(key);
    if (!known && places.size >= MAX_PLACES) notKept += 1;
    else if (!known || (isOwn && !known.isOwn))
      places.set(key, newPlace({ method, url, health, isOwn, authenticated, lookedAt: at }));
    else if (isOwn === known.isOwn) addLook(known, health, exchange);
    if (isOwn) noteHiding(places.get(key), exchange, health);
  }

  /** Without its query, which is no part of a place; null when it is not the target's. */
  function placeOf({ method, url, ...rest }: Exchange): (Exchange & { path: string }) | null {
    const parsed = tryParseWebUrl(url, hrefOf(base));
    if (parsed?.host !== base.host) return null;
    const masked = tryParseWebUrl(redactUrl(hrefOf({ ...parsed, query: "" }), redaction));
    return masked && { ...rest, method, url: hrefOf(masked), path: masked.path };
  }

  function note(exchange: Exchange, outcome: ExchangeOutcome, isOwn: boolean) {
    const place = placeOf(exchange);
    if (!place) return null;
    const health = healthOf(exchange, outcome);
    keep(place, health, isOwn);
    return { method: place.method, path: place.path, health };
  }

  return {
    look: (exchange, outcome) => void note(exchange, outcome, false),
    request(exchange, outcome) {
      const looked = note(exchange, outcome, true);
      if (!looked) return;
      const { health } = looked;
      if (REFUSALS.has(health) && isHealthyPlace && !isHealthyPlace(looked)) return;
      counts[health] = (counts[health] ?? 0) + 1;
    },
    rows: (doubts = []) =>
      [...places.values()].map(({ looks, hiding, lookedAt, ...row }) => ({
        ...row,
        ...(lookedAt && { lookedAt }),
        health: worstHidden(hiding) ?? row.health,
        authentication: bestOf(looks, doubts),
      })),
    exchanges: () => counts,
    placesNotKept: () => notKept,
  };
}
