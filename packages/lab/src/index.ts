export { expectationProblems, type ReportedFinding } from "./expectation.ts";
export { LABS, type LabName, type RunningLab, startLab } from "./start-lab.ts";
