import {
  hrefOf,
  type NewTarget,
  type ProjectResource,
  ProjectResource as ProjectSchema,
  parseWebUrl,
  type ScopeEntryResource,
  ScopeEntryResource as ScopeEntrySchema,
  type TargetResource,
  TargetResource as TargetSchema,
  type WebUrl,
} from "@picket/core";
import type { z } from "zod";
import type { Api } from "../api.ts";

/** What was there already, or was made now. */
export interface Ensured<Resource> {
  resource: Resource;
  isNew: boolean;
}

export async function findProject(api: Api, name: string): Promise<ProjectResource | undefined> {
  return (await api.list("/projects", ProjectSchema)).find((project) => project.name === name);
}

export async function ensureProject(api: Api, name: string): Promise<Ensured<ProjectResource>> {
  const found = await findProject(api, name);
  if (found) return { resource: found, isNew: false };
  return { resource: await api.send("POST", "/projects", ProjectSchema, { name }), isNew: true };
}

export interface ScopeReason {
  addedBy: string;
  reason: string;
}

/** An entry for exactly this host and port. */
export async function ensureScope(
  api: Api,
  projectId: string,
  { host, port, addedBy, reason }: Pick<WebUrl, "host" | "port"> & ScopeReason,
): Promise<Ensured<ScopeEntryResource>> {
  const entries = await api.list("/scope", ScopeEntrySchema, { query: { project: projectId } });
  const found = entries.find((entry) => entry.pattern === host && entry.ports.includes(String(port)));
  if (found) return { resource: found, isNew: false };
  const entry = { projectId, pattern: host, ports: [String(port)], addedBy, reason };
  return { resource: await api.send("POST", "/scope", ScopeEntrySchema, entry), isNew: true };
}

export async function findTarget(api: Api, baseUrl: string): Promise<TargetResource | undefined> {
  const href = hrefOf(parseWebUrl(baseUrl));
  return (await api.list("/targets", TargetSchema)).find((target) => target.baseUrl === href);
}

export async function ensureTarget(
  api: Api,
  target: z.input<typeof NewTarget>,
): Promise<Ensured<TargetResource>> {
  const href = hrefOf(parseWebUrl(target.baseUrl));
  const targets = await api.list("/targets", TargetSchema, { query: { project: target.projectId } });
  const found = targets.find(({ baseUrl }) => baseUrl === href);
  if (found) return { resource: found, isNew: false };
  return { resource: await api.send("POST", "/targets", TargetSchema, target), isNew: true };
}
