export { MEMBER } from "./apps/member-sessions.ts";
export {
  type Expectation,
  expectationProblems,
  isWrong,
  judge,
  type ReportedFinding,
} from "./expectation.ts";
export { HOSTILES, type HostileName } from "./hostile/hostile.ts";
export { type RunningHostile, startHostile } from "./hostile/start-hostile.ts";
export { LABS, type LabName, type ReceivedRequest, type RunningLab, startLab } from "./start-lab.ts";
