export { DEFAULT_VALUES, kindOf, looksLikeAsset, type ValueKind } from "@picket/core";
export { fittingValue } from "./fitting-value.ts";
export { withFreshForm } from "./fresh-form.ts";
export { type FormField, type HtmlForm, readForms } from "./read-forms.ts";
export {
  EVERY_POSITION,
  type InsertionPoint,
  readSurface,
  type SurfaceOptions,
  segmentPoint,
} from "./read-surface.ts";
