export { type Answer, answerOf, ask, byteOffset, isShownAsHtml, type Send, snippetAt } from "./answer.ts";
export {
  type Arithmetic,
  type ArithmeticProof,
  type ArithmeticShot,
  proveArithmetic,
  type Sum,
} from "./arithmetic.ts";
export { type Baseline, type Baselines, createBaselines } from "./baselines.ts";
export { boundCall } from "./bound-markup.ts";
export {
  type CallbackContext,
  type CallbackShot,
  type CallbackWay,
  nextProbe,
  proveCallback,
  type SentProbe,
  shoot,
  shotsThatHit,
} from "./callback.ts";
export { type ConditionKind, proveConditions } from "./conditions-proof.ts";
export {
  type Conditions,
  type DifferentialProof,
  isRefusal,
  type Pair,
  proveDifferential,
  type Shot,
} from "./differential.ts";
export { bodyProof, heldControl, type Proof } from "./evidence.ts";
export { type Execution, executionOf } from "./execution.ts";
export { fileContentOffset, type KnownFile } from "./file-content.ts";
export { type Grammar, proveGrammar } from "./grammar-probe.ts";
export { proveMessage } from "./message.ts";
export { senderOf } from "./point-sender.ts";
export { createMarker, randomNumber } from "./random.ts";
export { type Quoting, type Reflection, type ReflectionContext, reflectionsOf } from "./reflection.ts";
export type { ScriptPlace } from "./script-context.ts";
export { compileSignatures, type Signature, type SignatureMatch } from "./signatures.ts";
export { type Likeness, learnLikeness, type Sample } from "./similarity.ts";
export { survivors } from "./survivors.ts";
export {
  type Delaying,
  proveDelay,
  steadyBase,
  type TimedShot,
  type TimingProbe,
  type TimingProof,
} from "./timing.ts";
