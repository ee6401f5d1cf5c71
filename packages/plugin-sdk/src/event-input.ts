import type {
  CveCandidateEvent,
  EndpointDiscovered,
  EvidenceEvent,
  FetchEvent,
  FindingEvent,
  RecordPack,
  TechComponentEvent,
} from "@picket/core";
import type { z } from "zod";

// Events as a plugin writes them: fields with a default may be left out.

export type EndpointInput = z.input<typeof EndpointDiscovered>;
export type FetchInput = z.input<typeof FetchEvent>;
export type EvidenceInput = z.input<typeof EvidenceEvent>;
export type FindingInput = z.input<typeof FindingEvent>;
export type ComponentInput = z.input<typeof TechComponentEvent>;
export type CveCandidateInput = z.input<typeof CveCandidateEvent>;
export type PackInput = z.input<typeof RecordPack>;

/** What a finding says wherever it shows. */
export type Claim = Pick<
  FindingInput,
  "type" | "title" | "description" | "severity" | "remediation" | "references" | "cwe"
>;
