import {
  AppError,
  NewSchedule,
  ScheduleChange,
  ScheduleDetail,
  ScheduleFilter,
  ScheduleResource,
  ScheduleRunResource,
} from "@picket/core";
import {
  createSchedule,
  findSchedule,
  listScheduleRuns,
  listSchedules,
  removeSchedule,
  type Sql,
  updateSchedule,
} from "@picket/db";
import { z } from "zod";
import { listRoute } from "../http/list-route.ts";
import { defineRoute, IdParams, type Route } from "../http/route.ts";

const tag = "schedules";

async function scheduleOf(sql: Sql, id: string): Promise<ScheduleDetail> {
  const schedule = await findSchedule(sql, id);
  if (!schedule) throw new AppError("NOT_FOUND", `there is no schedule ${id}`);
  return schedule;
}

export const SCHEDULE_ROUTES: readonly Route[] = [
  listRoute({
    id: "listSchedules",
    path: "/schedules",
    role: "viewer",
    tag,
    summary: "List schedules, newest first",
    filter: ScheduleFilter,
    item: ScheduleResource,
    list: (sql, { filter }, page) => listSchedules(sql, filter, page),
  }),
  defineRoute({
    id: "createSchedule",
    method: "post",
    path: "/schedules",
    role: "operator",
    tag,
    summary: "Have scans of a target, or rechecks of a finding, start by the clock",
    description:
      "Each due time starts at most one scan, however many processes run. Of the times that come while none runs, the " +
      "latest is caught up on and the others are recorded as missed.",
    request: { body: NewSchedule },
    responses: { 201: ScheduleDetail },
    async handle({ body, actor, database: { sql } }) {
      const id = await createSchedule(sql, body, actor);
      return { status: 201, headers: { Location: `/schedules/${id}` }, body: await scheduleOf(sql, id) };
    },
  }),
  defineRoute({
    id: "getSchedule",
    method: "get",
    path: "/schedules/:id",
    role: "viewer",
    tag,
    summary: "Get a schedule with its next due times",
    request: { params: IdParams },
    responses: { 200: ScheduleDetail },
    handle: async ({ params, database }) => ({
      status: 200,
      body: await scheduleOf(database.sql, params.id),
    }),
  }),
  defineRoute({
    id: "updateSchedule",
    method: "patch",
    path: "/schedules/:id",
    role: "operator",
    tag,
    summary: "Change, pause or resume a schedule",
    request: { params: IdParams, body: ScheduleChange },
    responses: { 200: ScheduleDetail },
    async handle({ params: { id }, body: change, actor, database: { sql } }) {
      await updateSchedule(sql, id, { change, actor });
      return { status: 200, body: await scheduleOf(sql, id) };
    },
  }),
  defineRoute({
    id: "removeSchedule",
    method: "delete",
    path: "/schedules/:id",
    role: "operator",
    tag,
    summary: "Remove a schedule; what it started goes on",
    request: { params: IdParams },
    responses: { 204: null },
    async handle({ params: { id }, actor, database: { sql } }) {
      await removeSchedule(sql, id, actor);
      return { status: 204, body: null };
    },
  }),
  listRoute({
    id: "listScheduleRuns",
    path: "/schedules/:id/runs",
    role: "viewer",
    tag,
    summary: "List what became of a schedule's due times, the latest first",
    params: IdParams,
    filter: z.strictObject({}),
    item: ScheduleRunResource,
    async list(sql, { params: { id } }, page) {
      const runs = await listScheduleRuns(sql, id, page);
      if (runs.items.length === 0) await scheduleOf(sql, id);
      return runs;
    },
  }),
];
