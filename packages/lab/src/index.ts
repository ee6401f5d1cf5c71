export {
  type Expectation,
  type ExpectedFinding,
  expectationProblems,
  type ReportedFinding,
} from "./expectation.ts";
export { LABS, type LabName, type ReceivedRequest, type RunningLab, startLab } from "./start-lab.ts";
