import { Role } from "@picket/core";

/** A token that proved itself. */
export interface Caller {
  tokenId: string;
  /** `token:<prefix>`, as the audit names it. */
  actor: string;
  role: Role;
  /** Whom the token stands for. */
  person: string;
}

/** Each role has the rights of those before it. */
export function hasRole(caller: Caller, least: Role): boolean {
  return Role.options.indexOf(caller.role) >= Role.options.indexOf(least);
}
