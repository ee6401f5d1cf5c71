export { DEFAULT_VALUES, kindOf, looksLikeAsset, type ValueKind } from "@picket/core";
export { atParameter } from "./at-parameter.ts";
export { isEntrance } from "./entrance.ts";
export { fittingValue } from "./fitting-value.ts";

export { type FormField, type HtmlForm, holdsToken, readForms } from "./read-forms.ts";
export {
  EVERY_POSITION,
  type InsertionPoint,
  readSurface,
  type SurfaceOptions,
  segmentPoint,
} from "./read-surface.ts";
export { sendFresh } from "./send-fresh.ts";
export { type HeaderSet, judgeHeaders, usualHeaders } from "./usual-headers.ts";
