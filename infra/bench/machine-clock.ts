/** Milliseconds of the clock that all processes of this machine share and nobody sets. */
export function machineNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
